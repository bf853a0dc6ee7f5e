/* What every command says when it fails. */
#include "worker/cli/command.h"

#include <stdio.h>
#include <stdlib.h>

int command_failed(const struct fault *fault)
{
    (void)fprintf(stderr, "newsmill: %s\n", fault->message);
    return fault->status == STATUS_REJECT ? EXIT_USAGE : EXIT_OUTSIDE;
}

const char **command_operands(const struct options *options)
{
    size_t count = options_operand_count(options);
    const char **operands = calloc(count + 1, sizeof *operands);
    for (size_t i = 0; operands && i < count; i++)
        operands[i] = options_operand(options, i);
    return operands;
}
