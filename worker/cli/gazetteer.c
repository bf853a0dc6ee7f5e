/* newsmill gazetteer import: makes a gazetteer from GeoNames dumps. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/places/gazetteer.h"
#include "worker/cli/command.h"

static int usage(const char *what)
{
    (void)fprintf(stderr, "newsmill: gazetteer %s; newsmill gazetteer --help says more\n", what);
    return EXIT_USAGE;
}

static enum status import_files(const char *const *files, size_t count, const char *output,
                                struct fault *fault)
{
    struct gazetteer *builtin = NULL;
    enum status status = gazetteer_builtin(&builtin, fault);
    struct gazetteer_import import = {
        .files = files, .file_count = count, .output = output, .populations = builtin};
    if (status == STATUS_OK)
        status = gazetteer_import(&import, fault);
    if (status == STATUS_OK)
        (void)printf("%s: %" PRIu64 " places, %" PRIu64 " names, of %" PRIu64 " lines (%" PRIu64
                     " not understood)\n",
                     output, import.places, import.names, import.lines, import.skipped);
    gazetteer_close(builtin);
    return status;
}

int gazetteer_main(const struct options *options)
{
    struct fault fault;
    const char *verb = options_operand(options, 0), *output = options_text(options, "output");
    if (!verb || strcmp(verb, "import") != 0)
        return usage("wants the word import, then files");
    if (options_operand_count(options) < 2)
        return usage("import wants at least one file of GeoNames");
    if (!output)
        return usage("import wants --output GAZETTEER");
    const char **files = command_operands(options);
    enum status status = STATUS_FATAL;
    if (files)
        status = import_files(files + 1, options_operand_count(options) - 1, output, &fault);
    else
        status = fault_set(&fault, STATUS_FATAL, "out-of-memory", "no memory");
    free((void *)(uintptr_t)files);
    if (status == STATUS_OK)
        return EXIT_DONE;
    if (status == STATUS_REJECT) {
        (void)fprintf(stderr, "newsmill: %s\n", fault.message);
        return EXIT_REFUSED;
    }
    return command_failed(&fault);
}
