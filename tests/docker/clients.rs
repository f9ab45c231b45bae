//! buildah, and helm with charts in a registry: the same helper, asked by podman's library and by oras'.

use std::fs;

use super::spec;
use super::world::World;
use crate::support::registry::Authentication;
use crate::support::{Answer, Output, Provider, need, run};

const EITHER: [Authentication; 2] = [
    Authentication::TokenEndpoint,
    Authentication::Htpasswd("token-1"),
];

fn buildah(world: &World, words: &[&str]) -> Output {
    let mut command = world.home.command("buildah");
    command.arg("--root").arg(world.home.path("buildah"));
    command.arg("--runroot").arg(world.home.path("run/buildah"));
    run(command.args(["--storage-driver", "vfs"]).args(words), "")
}

/// helm, which looks into docker's file besides its own.
fn helm(world: &World, words: &[&str]) -> Output {
    run(world.home.command("helm-4/helm").args(words), "")
}

/// Pushes a chart without templates.
fn push_chart(world: &World) -> Output {
    let chart = "apiVersion: v2\nname: chart\nversion: 0.1.0\n";
    world.home.write("home/chart/Chart.yaml", chart);
    helm(world, &["package", "chart"]).answer();
    helm(world, &["push", "chart-0.1.0.tgz", &charts(world)])
}

fn charts(world: &World) -> String {
    format!("oci://{}/charts", world.registry.host())
}

fn pull_chart(world: &World) -> Output {
    let chart = format!("{}/chart", charts(world));
    let folder = world.home.path("tmp");
    let folder = folder.to_str().unwrap();
    helm(world, &["pull", &chart, "--version", "0.1.0", "-d", folder])
}

#[test]
fn buildah_pulls_and_pushes() {
    for authentication in EITHER {
        let Some(world) = World::new(authentication, "buildah") else {
            return;
        };
        world.push().answer();
        let image = world.image();
        buildah(&world, &["pull", "-q", &image]).answer();
        let copy = format!("docker://{}/team/copy:2", world.registry.host());
        buildah(&world, &["push", "-q", &image, &copy]).answer();
        world.run("skopeo", &["inspect", &copy]).answer();
        assert_eq!(world.provider.count(), 1);
    }
}

#[test]
fn helm_pushes_and_pulls_a_chart() {
    for authentication in EITHER {
        if !need(&["helm-4/helm"]) {
            return;
        }
        let Some(world) = World::new(authentication, "skopeo") else {
            return;
        };
        push_chart(&world).answer();
        pull_chart(&world).answer();
        let pulled = fs::read(world.home.path("tmp/chart-0.1.0.tgz")).unwrap();
        assert_eq!(
            pulled,
            fs::read(world.home.path("home/chart-0.1.0.tgz")).unwrap()
        );
        assert_eq!(world.provider.count(), 1);
    }
}

#[test]
fn a_registry_that_no_spec_lists_is_asked_without_a_credential() {
    for client in ["buildah", "helm-4/helm"] {
        let Some(world) = World::new(Authentication::TokenEndpoint, client) else {
            return;
        };
        let elsewhere = spec(&world.provider, &["registry.example.com"]);
        world.home.spec("registry", elsewhere.to_string());
        let output = match client {
            "buildah" => buildah(&world, &["pull", "-q", &world.image()]),
            _ => pull_chart(&world),
        };
        assert_ne!(output.status, 0);
        assert!(!output.stderr.contains("keyfob"), "{output:?}");
        assert_eq!(world.registry.seen().last().unwrap(), "none");
        assert_eq!(world.provider.count(), 0);
    }
}

#[test]
fn a_provider_that_refuses_ends_buildah_and_helm_with_our_words() {
    for client in ["buildah", "helm-4/helm"] {
        let refusing = Provider::start(|_| Answer::error("invalid_client"));
        let Some(world) = World::with(Authentication::TokenEndpoint, client, refusing) else {
            return;
        };
        let output = match client {
            "buildah" => buildah(&world, &["pull", "-q", &world.image()]),
            _ => pull_chart(&world),
        };
        assert_ne!(output.status, 0);
        assert!(output.stderr.contains("(provider-refused)"), "{output:?}");
        assert!(!output.stderr.contains("s3cret"), "{output:?}");
        assert_eq!(
            world.registry.seen(),
            [""; 0],
            "no request was sent without"
        );
        let told = world.home.last_failure("docker for");
        assert!(told.ends_with("(provider-refused)"), "{told}");
    }
}
