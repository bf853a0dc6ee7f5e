/* The trainer's parameters and Adam. */
#include "worker/analysis/syntax/train/parameters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/train/memory.h"

#define ADAM_EPSILON 1e-8f

static void make(struct parameter *out, const char *name, size_t rows, size_t columns)
{
    *out = (struct parameter){.name = name, .rows = rows, .columns = columns};
    out->value = allocate(rows * columns, sizeof(float));
    out->gradient = allocate(rows * columns, sizeof(float));
    out->mean = allocate(rows * columns, sizeof(float));
    out->square = allocate(rows * columns, sizeof(float));
    out->average = allocate(rows * columns, sizeof(float));
}

void parameter_new(struct parameter *out, const char *name, size_t rows, size_t columns,
                   float limit, struct chance *chance)
{
    make(out, name, rows, columns);
    for (size_t i = 0; i < rows * columns; i++)
        out->value[i] = (2 * chance_unit(chance) - 1) * limit;
    out->turned = allocate(rows * columns, sizeof(float));
    matrix_turn(out->turned, out->value, rows, columns);
}

void parameter_new_table(struct parameter *out, const char *name, size_t rows, size_t columns)
{
    make(out, name, rows, columns);
    out->used = allocate(rows, sizeof *out->used);
    out->is_used = allocate(rows, sizeof *out->is_used);
}

void parameter_free(struct parameter *parameter)
{
    free(parameter->value);
    free(parameter->gradient);
    free(parameter->mean);
    free(parameter->square);
    free(parameter->average);
    free(parameter->turned);
    free(parameter->used);
    free(parameter->is_used);
}

float *parameter_use(struct parameter *table, uint32_t row)
{
    if (!table->is_used[row]) {
        table->is_used[row] = true;
        table->used[table->used_count++] = row;
    }
    return table->gradient + row * table->columns;
}

void adam_step(struct adam *adam)
{
    adam->mean_power *= adam->mean_decay;
    adam->square_power *= adam->square_decay;
}

static void update(const struct adam *adam, struct parameter *parameter, size_t from, size_t len)
{
    float *value = parameter->value + from, *gradient = parameter->gradient + from;
    float *mean = parameter->mean + from, *square = parameter->square + from;
    float b1 = adam->mean_decay, b2 = adam->square_decay;
    float rate = adam->rate / (1 - adam->mean_power), scale = 1 / (1 - adam->square_power);
    for (size_t i = 0; i < len; i++) {
        mean[i] = b1 * mean[i] + (1 - b1) * gradient[i];
        square[i] = b2 * square[i] + (1 - b2) * gradient[i] * gradient[i];
        value[i] -= rate * mean[i] / (sqrtf(square[i] * scale) + ADAM_EPSILON);
    }
    memset(gradient, 0, len * sizeof *gradient);
}

void adam_update(const struct adam *adam, struct parameter *parameter)
{
    if (!parameter->used) {
        update(adam, parameter, 0, parameter->rows * parameter->columns);
        matrix_turn(parameter->turned, parameter->value, parameter->rows, parameter->columns);
        return;
    }
    for (size_t i = 0; i < parameter->used_count; i++) {
        update(adam, parameter, parameter->used[i] * parameter->columns, parameter->columns);
        parameter->is_used[parameter->used[i]] = false;
    }
    parameter->used_count = 0;
}

void parameter_average(struct parameter *parameter, float share)
{
    for (size_t i = 0; i < parameter->rows * parameter->columns; i++)
        parameter->average[i] += (parameter->value[i] - parameter->average[i]) * share;
}

void parameter_swap(struct parameter *parameter)
{
    float *value = parameter->value;
    parameter->value = parameter->average;
    parameter->average = value;
    if (parameter->turned)
        matrix_turn(parameter->turned, parameter->value, parameter->rows, parameter->columns);
}
