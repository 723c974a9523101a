#!/bin/sh
# SPDX-License-Identifier: MIT
#
# print.sh - print what a template is told, and build nothing
#
# For trying a server and an account out: tspc --once with template=print. The lines can be
# pasted into a shell to run another template by hand; tspc-template(7) explains them.
set -eu

echo "operation: ${TSP_OPERATION:?}"
export -p
