// A program of some life that lists pods with @kubernetes/client-node: node client.mjs NODE_MODULES KUBECONFIG STEP…
//
// `list` prints the pods or what is wrong, `later SECONDS` writes the offset of the fake clock.

import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [modules, kubeconfig, ...steps] = process.argv.slice(2);
const { CoreV1Api, KubeConfig } = await import(pathToFileURL(`${modules}/@kubernetes/client-node/dist/index.js`));
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const api = config.makeApiClient(CoreV1Api);
for (const step of steps) {
  if (step === 'list') {
    try {
      const pods = await api.listNamespacedPod({ namespace: 'default' });
      for (const pod of pods.items) console.log(`pod/${pod.metadata.name}`);
    } catch (error) {
      console.log(error.code ?? error.message);
    }
  } else {
    writeFileSync(process.env.FAKETIME_TIMESTAMP_FILE, `+${step.slice('later '.length)}`);
  }
}
