# SPDX-License-Identifier: BSD-2-Clause
"""Clients of the JavaScript world: nodemailer and imapflow, which many webmails are made of (node_clients.js).

npm puts them into the build tree, once; without node, or when npm cannot get them, the story is skipped.
"""
import os
import pathlib
import shutil
import subprocess
import unittest

import town

MARIE = "marie@paris.example"
PACKAGES = ["imapflow", "nodemailer"]


def modules():
    """The folder with the packages; raises SkipTest."""
    folder = pathlib.Path(town.RELAIS).resolve().parents[1] / "npm"
    if not shutil.which("node") or not shutil.which("npm"):
        raise unittest.SkipTest("node and npm are not installed")
    if not all((folder / "node_modules" / name.split("@")[0] / "package.json").exists() for name in PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder),
                                   *PACKAGES], timeout=60, check=False, capture_output=True, text=True)
        except subprocess.TimeoutExpired:
            raise unittest.SkipTest("npm got no answer from its registry") from None
        if done.returncode != 0:
            raise unittest.SkipTest("npm cannot get the packages: " + done.stderr.strip()[-300:])
    return folder / "node_modules"


class NodeClients(town.Programs):
    @classmethod
    def setUpClass(cls):
        cls.modules = modules()
        super().setUpClass()

    def tell(self, story):
        paris = self.paris
        environment = dict(os.environ, NODE_PATH=str(self.modules), ME=self.jean, MY_PASSWORD=self.password(self.jean),
                           OTHER=MARIE, OTHER_PASSWORD=self.password(MARIE), **paris.variables)
        script = pathlib.Path(__file__).with_suffix(".js")
        done = subprocess.run(["node", str(script), story], timeout=60, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + paris.log()[-2000:])

    def test_nodemailer_sends(self):
        self.tell("sends")

    def test_imapflow_is_told_of_a_wrong_password(self):
        self.tell("refusesWrongPasswords")

    def test_imapflow_starts_tls(self):
        self.tell("startsTls")

    def test_imapflow_lists_makes_and_renames_mailboxes(self):
        self.tell("listsMailboxes")

    def test_imapflow_fetches_a_letter_in_all_ways(self):
        self.tell("fetches")

    def test_imapflow_searches_and_sets_flags(self):
        self.tell("searchesAndFlags")

    def test_imapflow_moves_copies_and_deletes(self):
        self.tell("movesCopiesAndDeletes")

    def test_imapflow_appends(self):
        self.tell("appends")

    def test_imapflow_is_told_of_a_delivery_while_it_idles(self):
        self.tell("isToldOfADelivery")


if __name__ == "__main__":
    town.main()
