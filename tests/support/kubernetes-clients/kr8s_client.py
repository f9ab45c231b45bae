"""A program of some life that lists pods with kr8s: kr8s_client.py KUBECONFIG STEP…

`list` prints the pods or what is wrong, `later SECONDS` writes the offset of the fake clock.
"""

import os
import sys

import kr8s

kubeconfig, *steps = sys.argv[1:]
for step in steps:
    if step == "list":
        try:
            for pod in kr8s.api(kubeconfig=kubeconfig).get("pods"):
                print("pod/" + pod.name)
        except kr8s.ServerError as error:
            print(error.response.status_code)
    else:
        with open(os.environ["FAKETIME_TIMESTAMP_FILE"], "w") as clock:
            clock.write("+" + step.removeprefix("later "))
