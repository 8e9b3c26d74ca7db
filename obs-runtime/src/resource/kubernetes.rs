//! The pod that the process runs in.

use super::container::Container;
use super::{Found, Place};

/// Where a pod finds what it may do; one that may do nothing has none.
const NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// Attributes, and the variables in which the downward API usually hands them to a container.
const VARIABLES: [(&str, &[&str]); 5] = [
    ("k8s.pod.name", &["K8S_POD_NAME", "POD_NAME"]),
    ("k8s.namespace.name", &["K8S_NAMESPACE_NAME", "K8S_NAMESPACE", "POD_NAMESPACE"]),
    ("k8s.pod.uid", &["K8S_POD_UID", "POD_UID"]),
    ("k8s.container.name", &["K8S_CONTAINER_NAME", "CONTAINER_NAME"]),
    ("k8s.node.name", &["K8S_NODE_NAME", "NODE_NAME"]),
];

/// Tells of the pod, where there is one: `KUBERNETES_SERVICE_HOST` is set in every container of a cluster.
pub(super) fn tell(place: &Place<'_>, container: &Container, found: &mut Found) {
    if place.variable("KUBERNETES_SERVICE_HOST").is_none() {
        return;
    }
    for (key, variables) in VARIABLES {
        let said = variables.iter().find_map(|name| place.variable(name));
        found.put_text(key, said.or_else(|| known(place, container, key)));
    }
}

/// What there is where nobody said it. The host's name is the pod's, except in pods that share the node's network.
fn known(place: &Place<'_>, container: &Container, key: &str) -> Option<String> {
    match key {
        "k8s.pod.name" => place.variable("HOSTNAME"),
        "k8s.namespace.name" => place.line(NAMESPACE),
        "k8s.pod.uid" => container.pod_uid.clone(),
        "k8s.container.name" => container.name.clone(),
        _ => None,
    }
}
