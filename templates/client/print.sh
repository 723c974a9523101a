#!/bin/sh
# SPDX-License-Identifier: MIT
# TSP-Carriers: kernel
# TSP-Stay: no
#
# print.sh - print what a template is told, and build nothing
#
# For trying a server and an account out: "tspc --once" with template=print ends as soon as
# it has printed an offer. The lines can be pasted into a shell to run another template by
# hand; tspc-template(7) explains each variable.
set -eu

: "${TSP_OPERATION:?}"
export -p
