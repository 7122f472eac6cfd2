/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving one stack for another. Assembly on x86-64 and aarch64 (task_switch.S: no system call), ucontext
 * elsewhere or when TASK_SWITCH_UCONTEXT is defined (two system calls a switch). Inside lib/io only.
 */
#ifndef IO_TASK_SWITCH_H
#define IO_TASK_SWITCH_H

#include <stddef.h>

#if !defined(TASK_SWITCH_UCONTEXT) && defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__))
#define TASK_SWITCH_ASSEMBLY 1
/* The registers of a task that does not run lie on its stack; this is where. */
struct task_context {
    void *sp;
};
#else
#include <ucontext.h>
struct task_context {
    ucontext_t registers;
};
#endif

/* A context that enters entry(), which must not return, at the top of the stack [low, low + size). */
void task_context_make(struct task_context *context, char *low, size_t size, void (*entry)(void));
/* Saves where we are in *save and goes on at *load; returns when something loads *save. */
void task_context_switch(struct task_context *save, const struct task_context *load);

#endif
