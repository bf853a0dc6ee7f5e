/* What every command says when it fails. */
#include "worker/cli/command.h"

#include <stdio.h>

int command_failed(const struct fault *fault)
{
    (void)fprintf(stderr, "newsmill: %s\n", fault->message);
    return fault->status == STATUS_REJECT ? EXIT_USAGE : EXIT_OUTSIDE;
}
