"""A program of some life that lists pods with PyPI's kubernetes: kubernetes_client.py KUBECONFIG STEP…

`list` prints the pods or the answer's status, `load` reads the kubeconfig again, `later SECONDS` writes the offset of the fake clock.
"""

import os
import sys

from kubernetes import client, config

kubeconfig, *steps = sys.argv[1:]
config.load_kube_config(kubeconfig)
api = client.CoreV1Api()
for step in steps:
    if step == "list":
        try:
            for pod in api.list_namespaced_pod("default").items:
                print("pod/" + pod.metadata.name)
        except client.ApiException as error:
            print(error.status)
    elif step == "load":
        config.load_kube_config(kubeconfig)
        api = client.CoreV1Api()
    else:
        with open(os.environ["FAKETIME_TIMESTAMP_FILE"], "w") as clock:
            clock.write("+" + step.removeprefix("later "))
