#!/bin/bash
source <(wget -qO- https://cdn.example.invalid/env.sh)
