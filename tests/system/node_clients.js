// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a webmail in JavaScript does: nodemailer sends, imapflow works on the mailbox. Started by node_clients.py
 * with the name of one of the functions below; a failed assertion ends it with status 1.
 */
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
globalThis.crypto ??= require("node:crypto").webcrypto; /* what imapflow asks for; Node 18 has no such global */
const { ImapFlow } = require("imapflow");
const nodemailer = require("nodemailer");

const { HOST, CERT, ME, MY_PASSWORD, OTHER, OTHER_PASSWORD } = process.env;
const tls = { ca: fs.readFileSync(CERT) };
const LETTER = "Subject: put here\r\nMessage-ID: <put@here.example>\r\n\r\nHello.\r\n";

async function withMailbox(run, options = {}) {
    const client = new ImapFlow({
        host: HOST, port: Number(process.env.IMAPS_PORT), secure: true, tls, logger: false,
        auth: { user: ME, pass: MY_PASSWORD }, ...options,
    });
    await client.connect();
    try {
        await run(client);
    } finally {
        await client.logout();
    }
}

function transport(options) {
    return nodemailer.createTransport({ host: HOST, tls, auth: { user: OTHER, pass: OTHER_PASSWORD }, ...options });
}

async function sendOne(subject, more = {}) {
    const sender = transport({ port: Number(process.env.SUBMISSIONS_PORT), secure: true });
    const sent = await sender.sendMail({ from: OTHER, to: ME, subject, text: "Hello.", ...more });
    sender.close();
    return sent;
}

function until(emitter, event) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no event " + event)), 15000);
        emitter.once(event, (data) => { clearTimeout(timer); resolve(data); });
    });
}

async function arrived(client, count) {
    for (let tries = 0; tries < 150; tries++) {
        if ((await client.status("INBOX", { messages: true })).messages >= count)
            return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail("no letter came");
}

const stories = {
    async sends() {
        const sent = await sendOne("by TLS", { html: "<p>Hello.</p>" });
        assert.deepEqual(sent.accepted, [ME]);
        const sender = transport({ port: Number(process.env.SUBMISSION_PORT), requireTLS: true, pool: true });
        assert.equal(await sender.verify(), true);
        await Promise.all([1, 2, 3].map((n) => sender.sendMail({ from: OTHER, to: ME, subject: "pooled " + n, text: "x" })));
        await assert.rejects(sender.sendMail({ from: OTHER, to: "nobody@" + ME.split("@")[1], text: "x" }),
                             (error) => error.responseCode === 550 && error.code === "EENVELOPE");
        sender.close();
        await assert.rejects(transport({ port: Number(process.env.SUBMISSIONS_PORT), secure: true,
                                         auth: { user: OTHER, pass: "wrong" } }).verify(), { code: "EAUTH" });
        await withMailbox((client) => arrived(client, 4));
    },

    async refusesWrongPasswords() {
        await assert.rejects(withMailbox(async () => {}, { auth: { user: ME, pass: "wrong" } }),
                             (error) => error.authenticationFailed === true);
    },

    async startsTls() {
        await withMailbox(async (client) => {
            assert.ok(client.secureConnection);
        }, { port: Number(process.env.IMAP_PORT), secure: false, doSTARTTLS: true });
    },

    async listsMailboxes() {
        await withMailbox(async (client) => {
            assert.equal((await client.mailboxCreate("Work/2026/Zürich")).created, true);
            const list = await client.list({ statusQuery: { messages: true, unseen: true } });
            const byPath = Object.fromEntries(list.map((box) => [box.path, box]));
            assert.equal(byPath.INBOX.specialUse, "\\Inbox");
            assert.equal(byPath.Sent.specialUse, "\\Sent");
            assert.deepEqual(byPath["Work/2026/Zürich"].parent, ["Work", "2026"]);
            assert.equal(byPath["Work/2026/Zürich"].status.messages, 0);
            assert.ok(byPath.Work.flags.has("\\Noselect"));
            assert.equal((await client.mailboxRename("Work/2026", "Work/2027")).newPath, "Work/2027");
            await client.mailboxSubscribe("Work/2027/Zürich");
            assert.ok((await client.list()).find((box) => box.path === "Work/2027/Zürich").subscribed);
            await client.mailboxDelete("Work/2027/Zürich");
            assert.equal((await client.list()).some((box) => box.path === "Work/2027/Zürich"), false);
        });
    },

    async fetches() {
        await sendOne("Grüße", { html: "<p>Hällo</p>", attachments: [{ filename: "a.bin", content: Buffer.alloc(5000, 7) }] });
        await withMailbox(async (client) => {
            await arrived(client, 1);
            const box = await client.mailboxOpen("INBOX");
            assert.equal(box.exists, 1);
            const message = await client.fetchOne("1", { uid: true, flags: true, envelope: true, bodyStructure: true, source: true,
                                                         internalDate: true, size: true, headers: ["subject"] });
            assert.equal(message.envelope.subject, "Grüße");
            assert.equal(message.envelope.from[0].address, OTHER);
            assert.equal(message.size, message.source.length);
            assert.equal(message.bodyStructure.type, "multipart/mixed");
            assert.deepEqual(message.bodyStructure.childNodes.map((node) => node.type), ["multipart/alternative", "application/octet-stream"]);
            assert.match(message.headers.toString(), /^Subject: =\?UTF-8\?/);
            const part = message.bodyStructure.childNodes[1].part;
            const { content } = await client.download("1", part);
            const pieces = [];
            for await (const piece of content)
                pieces.push(piece);
            assert.deepEqual(Buffer.concat(pieces), Buffer.alloc(5000, 7));
            const seen = [];
            for await (const one of client.fetch("1:*", { flags: true, bodyParts: ["1.1", "header"] }))
                seen.push(one.bodyParts.get("1.1").toString());
            assert.equal(seen.length, 1);
        });
    },

    async searchesAndFlags() {
        await withMailbox(async (client) => {
            for (const subject of ["first", "second", "third"])
                await client.append("INBOX", LETTER.replace("put here", subject), subject === "first" ? ["\\Seen"] : []);
            await client.mailboxOpen("INBOX");
            assert.deepEqual(await client.search({ seen: false }), [2, 3]);
            assert.deepEqual(await client.search({ subject: "SECOND" }), [2]);
            assert.deepEqual(await client.search({ or: [{ subject: "first" }, { subject: "third" }] }), [1, 3]);
            assert.deepEqual(await client.search({ not: { seen: true }, header: { "message-id": "put@here" } }, { uid: true }), [2, 3]);
            assert.deepEqual(await client.search({ since: new Date(Date.now() - 86400000 * 2), body: "hello" }), [1, 2, 3]);
            assert.equal(await client.messageFlagsAdd("2", ["\\Flagged", "$label"]), true);
            assert.deepEqual(await client.search({ keyword: "$label" }), [2]);
            assert.equal(await client.messageFlagsRemove({ seen: true }, ["\\Seen"]), true);
            assert.equal(await client.messageFlagsSet("3", ["\\Answered"]), true);
            const flags = [];
            for await (const one of client.fetch("1:*", { flags: true }))
                flags.push([...one.flags].filter((flag) => flag !== "\\Recent").sort());
            assert.deepEqual(flags, [[], ["$label", "\\Flagged"], ["\\Answered"]]);
        });
    },

    async movesCopiesAndDeletes() {
        await withMailbox(async (client) => {
            for (let n = 0; n < 4; n++)
                await client.append("INBOX", LETTER);
            await client.mailboxOpen("INBOX");
            const moved = await client.messageMove("1:2", "Trash");
            assert.deepEqual([...moved.uidMap.values()], [1, 2]);
            const copied = await client.messageCopy("1", "Archive");
            assert.equal(copied.uidMap.get(3), 1);
            assert.equal(await client.messageDelete("1"), true);
            assert.equal(client.mailbox.exists, 1);
            assert.equal((await client.status("Trash", { messages: true })).messages, 2);
            assert.equal(await client.messageCopy("1", "Nowhere"), false);
        });
    },

    async appends() {
        await withMailbox(async (client) => {
            const put = await client.append("Drafts", LETTER, ["\\Draft", "\\Seen"], new Date("2001-02-03T04:05:06Z"));
            assert.equal(put.uid, 1);
            await client.mailboxOpen("Drafts");
            const message = await client.fetchOne("1", { internalDate: true, flags: true, source: true });
            assert.equal(message.internalDate.toISOString(), "2001-02-03T04:05:06.000Z");
            assert.ok(message.flags.has("\\Draft"));
            assert.equal(message.source.toString(), LETTER);
        });
    },

    async isToldOfADelivery() {
        await withMailbox(async (client) => {
            await client.mailboxOpen("INBOX");
            const told = until(client, "exists");
            const idle = client.idle();
            await sendOne("while idle");
            assert.deepEqual({ ...(await told) }, { path: "INBOX", count: 1, prevCount: 0 });
            await client.noop(); // ends the IDLE
            await idle;
            await withMailbox(async (other) => {
                await other.mailboxOpen("INBOX");
                const changed = until(client, "flags"), gone = until(client, "expunge");
                const again = client.idle();
                await other.messageFlagsAdd("1", ["\\Flagged"]);
                assert.ok((await changed).flags.has("\\Flagged"));
                await other.messageDelete("1");
                assert.equal((await gone).seq, 1);
                await client.noop();
                await again;
            });
        });
    },
};

stories[process.argv[2]]().then(() => process.exit(0), (error) => {
    console.error(error);
    process.exit(1);
});
