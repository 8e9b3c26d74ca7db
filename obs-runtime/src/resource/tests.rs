//! Resources of processes in containers of several kinds, by files as they are found there.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use super::*;
use crate::folder::Folder;

const ID: &str = "4f2a9c0d1e3b5a7c9d8e7f60514233241506f7e8d9cabbac0d1e2f3a4b5c6d7e";
const SANDBOX: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff00";
const POD: &str = "0b7d6c1e-6f0a-4d5e-9c1b-2a3f4e5d6c7b";

/// Returns what is found in a folder, and with these variables.
fn found(folder: &Folder, variables: &[(&str, &str)]) -> Vec<Attribute> {
    let env = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    detected(&Place { root: folder.path().to_owned(), env: &env })
}

fn text<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a str> {
    match &attributes.iter().find(|a| a.key == key)?.value {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

/// A host of its own, with its files.
fn host() -> Folder {
    Folder::new()
        .with("proc/sys/kernel/hostname", "web-1\n")
        .with("etc/machine-id", "6d3f0c1b2a49485f8e7d6c5b4a392817\n")
        .with(
            "etc/os-release",
            "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n",
        )
}

/// The mounts of docker's network files, with their fields as the kernel writes them.
fn docker_mounts(id: &str) -> String {
    let folder = format!("/var/lib/docker/containers/{id}");
    format!(
        "689 580 0:61 / / rw,relatime master:289 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A\n\
         702 689 254:1 {folder}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda1 rw\n\
         703 689 254:1 {folder}/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw\n\
         704 689 254:1 {folder}/hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw\n"
    )
}

/// The mounts of a pod under containerd: the network's are the sandbox's.
fn pod_mounts() -> String {
    let sandbox = format!("/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/{SANDBOX}");
    let kubelet = format!("/var/lib/kubelet/pods/{POD}");
    format!(
        "1350 1230 0:245 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/containerd/snapshots/9/fs\n\
         1361 1350 254:1 {kubelet}/etc-hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw\n\
         1362 1352 254:1 {kubelet}/containers/checkout/5a6b7c8d /dev/termination-log rw - ext4 /dev/vda1 rw\n\
         1363 1350 254:1 {sandbox}/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw\n\
         1364 1350 254:1 {sandbox}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda1 rw\n"
    )
}

#[test]
fn a_host_without_containers_has_a_name_and_an_id_and_no_container() {
    let folder = host().with("proc/self/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n");
    let attributes = found(&folder, &[]);
    assert_eq!(text(&attributes, "host.name"), Some("web-1"));
    assert_eq!(text(&attributes, "host.id"), Some("6d3f0c1b2a49485f8e7d6c5b4a392817"));
    assert_eq!(text(&attributes, "os.description"), Some("Debian GNU/Linux 12"));
    assert_eq!(text(&attributes, "os.name"), Some("Debian GNU/Linux"));
    assert_eq!(text(&attributes, "os.version"), Some("12"));
    for absent in ["container.id", "k8s.pod.name", "k8s.pod.uid", "k8s.namespace.name"] {
        assert_eq!(text(&attributes, absent), None, "{absent}");
    }
}

#[test]
fn the_process_and_its_instance_are_told_and_never_its_arguments() {
    let attributes = found(&Folder::new(), &[]);
    let pid = Attribute { key: "process.pid".into(), value: Value::Int(i64::from(std::process::id())) };
    assert!(attributes.contains(&pid), "{attributes:?}");
    let path = text(&attributes, "process.executable.path").unwrap();
    assert!(path.ends_with(text(&attributes, "process.executable.name").unwrap()), "{path}");
    assert_eq!(text(&attributes, "service.instance.id").unwrap().len(), 36);
    assert_eq!(text(&attributes, "telemetry.sdk.name"), Some("obs"));
    assert!(attributes.iter().all(|a| !a.key.contains("command") && a.key != "process.owner"));
    let mut keys: Vec<&str> = attributes.iter().map(|a| a.key.as_ref()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), attributes.len(), "a key is there twice");
}

#[test]
fn a_container_is_found_by_its_control_group() {
    let groups = [
        format!("12:memory:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/system.slice/containerd.service\n"),
        format!("0::/system.slice/docker-{ID}.scope\n"),
        format!("11:cpu,cpuacct:/kubepods/besteffort/pod{POD}/{ID}\n"),
        format!("0::/kubepods.slice/kubepods-pod{}.slice/cri-containerd-{ID}.scope\n", POD.replace('-', "_")),
        format!("0::/kubepods.slice/kubepods-pod{}.slice/crio-{ID}.scope\n", POD.replace('-', "_")),
        format!(
            "4:memory:/system.slice/containerd.service/kubepods-burstable-pod{POD}.slice:cri-containerd:{ID}\n"
        ),
        format!("0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope\n"),
        format!("0::/machine.slice/libpod-{ID}.scope/container\n"),
        format!("9:perf_event:/ecs/0a1b2c3d4e5f60718293a4b5c6d7e8f9/{ID}\n"),
    ];
    for group in groups {
        let folder = host().with("proc/self/cgroup", &group);
        let attributes = found(&folder, &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")]);
        assert_eq!(text(&attributes, "container.id"), Some(ID), "{group}");
        assert_eq!(text(&attributes, "host.id"), None, "an image's is no host's");
        let uid = Some(POD).filter(|_| group.contains("kubepods"));
        assert_eq!(text(&attributes, "k8s.pod.uid"), uid, "{group}");
    }
    let task = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let fargate = format!("9:perf_event:/ecs/{task}/{task}-2531612879\n");
    let attributes = found(&Folder::new().with("proc/self/cgroup", &fargate), &[]);
    assert_eq!(text(&attributes, "container.id").unwrap(), format!("{task}-2531612879"));
}

#[test]
fn a_container_whose_control_group_is_hidden_is_found_by_its_mounts() {
    let hidden = || host().with("proc/self/cgroup", "0::/\n");
    let docker = hidden().with("proc/self/mountinfo", &docker_mounts(ID));
    assert_eq!(text(&found(&docker, &[]), "container.id"), Some(ID));
    let podman = format!(
        "800 700 0:50 /containers/overlay-containers/{ID}/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw\n\
         801 700 0:50 /containers/overlay-containers/{ID}/userdata/.containerenv /run/.containerenv rw - tmpfs tmpfs rw\n"
    );
    let podman = hidden().with("proc/self/mountinfo", &podman);
    assert_eq!(text(&found(&podman, &[]), "container.id"), Some(ID));
    let nothing = hidden().with(".dockerenv", "");
    let attributes = found(&nothing, &[]);
    assert_eq!(text(&attributes, "container.id"), None);
    assert_eq!(text(&attributes, "host.id"), None);
}

#[test]
fn a_pod_is_told_of_its_variables_and_files_and_a_sandbox_is_not_the_container() {
    let folder = host()
        .with("proc/self/cgroup", "0::/\n")
        .with("proc/self/mountinfo", &pod_mounts())
        .with("var/run/secrets/kubernetes.io/serviceaccount/namespace", "shop");
    let in_pod = [("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("HOSTNAME", "checkout-7d9f-x2x4z")];
    let attributes = found(&folder, &in_pod);
    assert_eq!(text(&attributes, "k8s.pod.name"), Some("checkout-7d9f-x2x4z"));
    assert_eq!(text(&attributes, "k8s.namespace.name"), Some("shop"));
    assert_eq!(text(&attributes, "k8s.pod.uid"), Some(POD));
    assert_eq!(text(&attributes, "k8s.container.name"), Some("checkout"));
    assert_eq!(text(&attributes, "k8s.node.name"), None);
    assert_eq!(text(&attributes, "container.id"), None, "the sandbox's id is another container's");

    let told = [
        in_pod[0],
        in_pod[1],
        ("NODE_NAME", "node-3"),
        ("POD_NAME", "checkout-0"),
        ("POD_NAMESPACE", "prod"),
    ];
    let attributes = found(&folder, &told);
    assert_eq!(text(&attributes, "k8s.pod.name"), Some("checkout-0"));
    assert_eq!(text(&attributes, "k8s.namespace.name"), Some("prod"));
    assert_eq!(text(&attributes, "k8s.node.name"), Some("node-3"));
    let elsewhere = found(&folder, &told[1..]);
    assert!(elsewhere.iter().all(|a| !a.key.starts_with("k8s.")), "no cluster, no pod: {elsewhere:?}");
}

#[test]
fn files_that_are_not_what_they_should_be_tell_nothing() {
    for odd in ["", "\n\n", "::::\n", "0::\n", "a b c\n", "0::/docker/not-an-id\n", "1 2 3 / /etc/hostname\n"]
    {
        let folder = Folder::new().with("proc/self/cgroup", odd).with("proc/self/mountinfo", odd);
        assert_eq!(text(&found(&folder, &[]), "container.id"), None, "{odd:?}");
    }
}

#[test]
fn the_former_name_of_the_environment_gives_the_current_one() {
    let attribute =
        |key: &'static str, value: &'static str| Attribute { key: key.into(), value: value.into() };
    let mut attributes = vec![attribute("deployment.environment", "staging")];
    complete(&mut attributes);
    assert_eq!(text(&attributes, "deployment.environment.name"), Some("staging"));
    let mut both =
        vec![attribute("deployment.environment", "a"), attribute("deployment.environment.name", "b")];
    complete(&mut both);
    assert_eq!((both.len(), text(&both, "deployment.environment.name")), (2, Some("b")));
}

#[test]
fn what_is_given_wins_over_what_is_detected() {
    let variables = [
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "host.name=given,service.instance.id=7,k8s.pod.name=pod-0,host.arch=riscv64",
        ),
        ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
        ("POD_NAME", "detected"),
    ];
    let env = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    let read = |overrides| crate::config::Config::read(overrides, &env, false).unwrap().resource.attributes;
    let attributes = read(crate::config::Overrides::default());
    let given = [
        ("host.name", "given"),
        ("service.instance.id", "7"),
        ("k8s.pod.name", "pod-0"),
        ("host.arch", "riscv64"),
    ];
    for (key, value) in given {
        assert_eq!(text(&attributes, key), Some(value), "{key}");
        assert_eq!(attributes.iter().filter(|a| a.key == key).count(), 1, "{key} is there once");
    }
    assert_eq!(text(&attributes, "telemetry.sdk.name"), Some("obs"));
}

#[test]
fn the_version_that_the_program_says_is_the_resource_s() {
    let attribute = |value: &'static str| Attribute { key: "service.version".into(), value: value.into() };
    let mut resource =
        crate::record::Resource { service: "shop".into(), attributes: vec![attribute("of the environment")] };
    crate::BuildInfo::new().tell(&mut resource);
    assert_eq!(text(&resource.attributes, "service.version"), Some("of the environment"));
    crate::BuildInfo::new().version("1.2.0").tell(&mut resource);
    assert_eq!(resource.attributes, [attribute("1.2.0")]);
}
