/* SPDX-License-Identifier: BSD-2-Clause */
/* The first frame of a new stack, and the switch itself where there is no assembly for it. */
#include "io/task_switch.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#ifdef TASK_SWITCH_ASSEMBLY

#if defined(__x86_64__)
/* r15 r14 r13 r12 rbx rbp, the return address, and a zero where entry's caller would be: backtraces end. */
enum { FRAME_WORDS = 8, FRAME_ENTRY = 6 };
#else
/* x19..x28, x29, x30, d8..d15: entry is in x30, the link register; x29 = 0 ends backtraces. */
enum { FRAME_WORDS = 20, FRAME_ENTRY = 11 };
#endif

void task_context_make(struct task_context *context, char *low, size_t size, void (*entry)(void))
{
    uintptr_t frame[FRAME_WORDS] = {0};
    frame[FRAME_ENTRY] = (uintptr_t)entry;
    assert(((uintptr_t)low + size) % 16 == 0 && size >= 4096);
    context->sp = low + size - sizeof frame;
    memcpy(context->sp, frame, sizeof frame);
}

#else

void task_context_make(struct task_context *context, char *low, size_t size, void (*entry)(void))
{
    int got = getcontext(&context->registers);
    assert(got == 0);
    context->registers.uc_stack.ss_sp = low;
    context->registers.uc_stack.ss_size = size;
    context->registers.uc_link = NULL;
    makecontext(&context->registers, entry, 0);
}

void task_context_switch(struct task_context *save, const struct task_context *load)
{
    int switched = swapcontext(&save->registers, &load->registers);
    assert(switched == 0);
}

#endif
