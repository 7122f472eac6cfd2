/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * void task_context_switch(struct task_context *save, const struct task_context *load): what the calling
 * convention lets a callee keep is pushed, the stack pointers are exchanged, and what the other stack holds is
 * popped. The floating-point control words stay: no code of ours changes them. A `ret` to another stack is
 * fine as long as no shadow stack is on.
 */
#if !defined(TASK_SWITCH_UCONTEXT) && defined(__LP64__)

#if defined(__x86_64__)

#ifdef __CET__
#include <cet.h>
#else
#define _CET_ENDBR
#endif
    .text
    .globl task_context_switch
    .type task_context_switch, @function
    .p2align 4
task_context_switch:
    .cfi_startproc
    _CET_ENDBR
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .cfi_adjust_cfa_offset 32
    movq %rsp, (%rdi)
    movq (%rsi), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    .cfi_adjust_cfa_offset -32
    popq %rbx
    .cfi_adjust_cfa_offset -8
    popq %rbp
    .cfi_adjust_cfa_offset -8
    ret
    .cfi_endproc
    .size task_context_switch, . - task_context_switch

#elif defined(__aarch64__)

    .text
    .globl task_context_switch
    .type task_context_switch, %function
    .p2align 4
task_context_switch:
    .cfi_startproc
    hint #34 /* bti c */
    sub sp, sp, #160
    .cfi_adjust_cfa_offset 160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    .cfi_rel_offset x29, 80
    .cfi_rel_offset x30, 88
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    ldr x9, [x1]
    mov sp, x9
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    .cfi_adjust_cfa_offset -160
    ret
    .cfi_endproc
    .size task_context_switch, . - task_context_switch

#ifdef __ARM_FEATURE_BTI_DEFAULT
    .pushsection .note.gnu.property, "a"
    .p2align 3
    .word 4, 16, 5 /* name size, descriptor size, NT_GNU_PROPERTY_TYPE_0 */
    .asciz "GNU"
    .word 0xc0000000, 4, 1, 0 /* GNU_PROPERTY_AARCH64_FEATURE_1_AND: BTI */
    .popsection
#endif

#endif
#endif

    .section .note.GNU-stack, "", %progbits
