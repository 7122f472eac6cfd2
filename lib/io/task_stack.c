/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stacks of tasks: mapped, guarded by one page that cannot be touched, and made known to AddressSanitizer
 * and valgrind, which otherwise take a change of stacks for damage. Only touched pages cost memory.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/task_state.h"

#ifdef TASK_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
enum { STACK_SIZE = 512 * 1024 };
#else
enum { STACK_SIZE = 64 * 1024 };
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id)      ((void)(id))
#endif

bool task_stack_map(struct task_stack *stack)
{
    size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    char *map = mmap(NULL, guard + STACK_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (map == MAP_FAILED)
        return false;
    if (mprotect(map, guard, PROT_NONE) != 0) {
        int error = errno;
        munmap(map, guard + STACK_SIZE);
        errno = error;
        return false;
    }
    stack->low = map + guard;
    stack->size = STACK_SIZE;
    stack->valgrind_id = VALGRIND_STACK_REGISTER(stack->low, stack->low + stack->size);
#ifdef TASK_ASAN
    __lsan_register_root_region(stack->low, stack->size);
#endif
    return true;
}

void task_stack_unmap(struct task_stack *stack)
{
    size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    VALGRIND_STACK_DEREGISTER(stack->valgrind_id);
#ifdef TASK_ASAN
    __lsan_unregister_root_region(stack->low, stack->size);
#endif
    munmap(stack->low - guard, guard + stack->size);
    *stack = (struct task_stack){0};
}

void task_stack_clean(struct task_stack *stack)
{
#ifdef TASK_ASAN
    __asan_unpoison_memory_region(stack->low, stack->size);
#else
    (void)stack;
#endif
}

void task_stack_release(struct task_stack *stack)
{
    madvise(stack->low, stack->size, MADV_DONTNEED);
}

void task_stack_switch(struct task *from, struct task *to, bool ends)
{
#ifdef TASK_ASAN
    __sanitizer_start_switch_fiber(ends ? NULL : &from->fake_stack, to->stack.low, to->stack.size);
#else
    (void)ends;
#endif
    task_context_switch(&from->context, &to->context);
#ifdef TASK_ASAN
    __sanitizer_finish_switch_fiber(from->fake_stack, NULL, NULL);
#endif
}

void task_stack_entered(struct task *from)
{
#ifdef TASK_ASAN
    const void *low;
    __sanitizer_finish_switch_fiber(NULL, &low, &from->stack.size);
    from->stack.low = (char *)(uintptr_t)low;
#else
    (void)from;
#endif
}
