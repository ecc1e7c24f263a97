# Whoever runs the cluster owns what belongs to no namespace: which controllers
# make gateways.

gwctl {
  name = "infrastructure"

  # For a team: everybody who applies finds the state in the cluster, and the
  # lock beside it.
  state "kubernetes" { namespace = var.namespace }
}

variable "namespace" {
  description = "Where the state is kept."
  type        = string
  default     = "infra"
}

provider "kubernetes" {
  namespace = var.namespace
}

gateway_class "eg" {
  controller  = "gateway.envoyproxy.io/gatewayclass-controller"
  description = "Envoy, made by Envoy Gateway"
}
