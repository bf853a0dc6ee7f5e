/* Arenas: limits, alignment, reuse, and the vector on top. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/arena.h"

static void gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 20);
    for (size_t size = 0; size < 600; size += 7) {
        unsigned char *memory = arena_alloc(arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, size);
    }
    arena_reset(arena);
    unsigned char *again = arena_alloc(arena, 4096);
    for (size_t i = 0; i < 4096; i++)
        assert_int_equal(again[i], 0);
    arena_free(arena);
}

static void stops_at_the_limit_and_remembers(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1000);
    assert_non_null(arena_alloc(arena, 600));
    assert_null(arena_alloc(arena, 600));
    assert_true(arena_exhausted(arena));
    assert_non_null(arena_alloc(arena, 300));
    arena_reset(arena);
    assert_false(arena_exhausted(arena));
    assert_int_equal(arena_used(arena), 0);
    assert_non_null(arena_alloc(arena, 1000));
    arena_free(arena);
}

static void refuses_products_that_overflow(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 20);
    assert_null(arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(arena_alloc(arena, SIZE_MAX - 8));
    assert_true(arena_exhausted(arena));
    arena_free(arena);
}

static void vector_keeps_its_elements_while_growing(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 20);
    int *items = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 1000; i++)
        *(int *)arena_push((void **)&items, &count, &capacity, sizeof *items, arena) = i;
    assert_int_equal(count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    arena_free(arena);
}

static void copies_and_formats_end_with_nul(void **state)
{
    (void)state;
    struct arena *arena = arena_new(100);
    struct slice copy = arena_copy(SLICE_LITERAL("abc"), arena);
    assert_string_equal(copy.data, "abc");
    struct slice text = arena_format(arena, "%d-%s", 7, "x");
    assert_true(slice_is(text, "7-x"));
    assert_null(arena_format(arena, "%200d", 1).data);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory),
        cmocka_unit_test(stops_at_the_limit_and_remembers),
        cmocka_unit_test(refuses_products_that_overflow),
        cmocka_unit_test(vector_keeps_its_elements_while_growing),
        cmocka_unit_test(copies_and_formats_end_with_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
