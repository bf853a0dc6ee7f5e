/* The configuration file: any bytes in it are options or one sentence of refusal. */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "worker/cli/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input;
    struct options *options = NULL;
    struct fault fault = {.message = ""};
    char *const environment[] = {NULL};
    if (!fuzz_begin(data, size, &input))
        return 0;
    char *arguments[] = {(char *)(uintptr_t) "--config",
                         (char *)(uintptr_t)fuzz_file("newsmill.conf", input.bytes)};
    unsigned command = 1u << (input.choice % 8);
    enum status status = options_parse(option_table, option_count, command, 2, arguments,
                                       environment, &options, &fault);
    if (status == STATUS_OK) {
        for (size_t i = 0; i < option_count; i++)
            if (option_table[i].commands & command)
                (void)options_given(options, option_table[i].name);
        options_free(options);
    } else if (fault.message[0] == '\0') {
        abort();
    }
    fuzz_end(&input);
    return 0;
}
