/* Faults and the names of statuses. */
#include "common/status.h"

#include <stdarg.h>
#include <stdio.h>

enum status fault_set(struct fault *fault, enum status status, const char *code, const char *format,
                      ...)
{
    if (!fault)
        return status;
    fault->status = status;
    (void)snprintf(fault->code, sizeof fault->code, "%s", code);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault->message, sizeof fault->message, format, arguments);
    va_end(arguments);
    return status;
}

const char *status_name(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return "ok";
    case STATUS_RETRY:
        return "retry";
    case STATUS_REJECT:
        return "reject";
    case STATUS_FATAL:
        return "fatal";
    }
    return "unknown";
}
