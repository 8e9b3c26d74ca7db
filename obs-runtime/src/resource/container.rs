//! The container that the process runs in, by what the kernel shows of its control group and mounts.

use super::Place;

/// What is known of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Container {
    /// `container.id`, as its runtime calls it.
    pub(super) id: Option<String>,
    /// The pod's id, where the paths hold it.
    pub(super) pod_uid: Option<String>,
    /// The container's name in its pod.
    pub(super) name: Option<String>,
    /// Whether it is one at all.
    pub(super) is_one: bool,
}

impl Container {
    /// Looks at `/proc/self/cgroup`, which names it in version 1 and where the group is not hidden, then at
    /// `/proc/self/mountinfo` (`cgroups(7)`, `proc_pid_mountinfo(5)`).
    pub(super) fn find(place: &Place<'_>) -> Container {
        let groups = place.text("/proc/self/cgroup").unwrap_or_default();
        let mounts = place.text("/proc/self/mountinfo").unwrap_or_default();
        let in_pod = place.variable("KUBERNETES_SERVICE_HOST").is_some();
        let paths = || groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
        let id = paths().find_map(id_of_group).or_else(|| id_of_mounts(&mounts, in_pod));
        let pod_uid = paths().find_map(pod_of).or_else(|| {
            let (pod, _file) = kubelet(&mounts, "/etc/hosts")?.split_once('/')?;
            uid(pod)
        });
        let is_one = id.is_some()
            || pod_uid.is_some()
            || in_pod
            || ["/.dockerenv", "/run/.containerenv"].iter().any(|file| place.has(file));
        Container { id, pod_uid, name: name_in_pod(&mounts), is_one }
    }
}

/// Finds the id in the path of a control group, from its end: `/docker/<id>`, `/kubepods/pod<uid>/<id>`,
/// `cri-containerd-<id>.scope`, `crio-<id>.scope`, `libpod-<id>.scope`, `<slice>:cri-containerd:<id>`,
/// `/ecs/<task>/<id>`, `/ecs/<task>/<task>-<number>`.
fn id_of_group(path: &str) -> Option<String> {
    let name = path.rsplit('/').find(|part| !part.is_empty())?;
    // Podman puts `init` or `container` below its scope, where version 2 delegates it.
    let name = match name {
        "init" | "container" => path.rsplit('/').filter(|part| !part.is_empty()).nth(1)?,
        name => name,
    };
    let name = name.rsplit(':').next()?;
    let name = name.strip_suffix(".scope").unwrap_or(name);
    // CRI-O has a monitor in a group of its own, beside the container's.
    if name.starts_with("crio-conmon-") || name.starts_with("libpod-conmon-") {
        return None;
    }
    let bare = name.rsplit_once('-').map_or(name, |(_, last)| last);
    if is_id(bare) {
        return Some(bare.to_owned());
    }
    let fargate = path.contains("/ecs/") && is_task(name);
    fargate.then(|| name.to_owned())
}

/// An id is 64 digits.
fn is_id(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

/// On Fargate: 32 digits of the task, and the number of the container.
fn is_task(text: &str) -> bool {
    text.split_once('-').is_some_and(|(task, number)| {
        task.len() == 32 && is_hex(task) && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Finds the id among the mounts: runtimes keep the files that they lay over the image's in a folder of its name. In a pod
/// those of its network are the sandbox's, another container.
fn id_of_mounts(mounts: &str, in_pod: bool) -> Option<String> {
    const OWN: &[&str] = &["/run/.containerenv"];
    const NETWORK: &[&str] = &["/etc/hostname", "/etc/resolv.conf"];
    let files = OWN.iter().chain(if in_pod { &[] } else { NETWORK });
    files.copied().find_map(|file| {
        let source = sources(mounts, file).next()?;
        if source.contains("/sandboxes/") {
            return None;
        }
        source.split('/').find(|part| is_id(part)).map(str::to_owned)
    })
}

/// Returns what is mounted at a place: the fourth and fifth fields of the table.
fn sources<'a>(mounts: &'a str, at: &'a str) -> impl Iterator<Item = &'a str> {
    mounts.lines().filter_map(move |line| {
        let mut fields = line.split(' ').skip(3);
        let (source, point) = (fields.next()?, fields.next()?);
        (point == at).then_some(source)
    })
}

/// Returns what the kubelet mounted at a place, from its folder of pods.
fn kubelet<'a>(mounts: &'a str, at: &'a str) -> Option<&'a str> {
    sources(mounts, at).find_map(|source| Some(source.split_once("/pods/")?.1))
}

/// Finds a pod's id in the path of a control group: `/kubepods/burstable/pod<uid>/..`, `..-pod<uid_>.slice`.
fn pod_of(path: &str) -> Option<String> {
    path.split(['/', ':'])
        .find_map(|part| uid(part.strip_suffix(".slice").unwrap_or(part).rsplit_once("pod")?.1))
}

/// Reads a pod's id: a UUID, whose dashes systemd would take for its own; pods of the kubelet itself have a digest.
fn uid(text: &str) -> Option<String> {
    let uid = text.replace('_', "-");
    let is_uuid = uid.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && is_hex(&uid.replace('-', ""));
    (is_uuid || uid.len() == 32 && is_hex(&uid)).then_some(uid)
}

/// Finds the container's name: `<uid>/containers/<name>/<file>` is mounted for its last words.
fn name_in_pod(mounts: &str) -> Option<String> {
    let path = kubelet(mounts, "/dev/termination-log")?;
    let mut parts = path.split('/').skip(1);
    (parts.next()? == "containers").then(|| parts.next().map(str::to_owned)).flatten()
}
