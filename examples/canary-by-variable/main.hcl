# A split that a pipeline moves: gwctl apply -auto-approve -var v2_weight=25

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "v2_weight" {
  description = "Share of requests that the new version gets, in percent."
  type        = number
  default     = 10

  validation {
    condition     = var.v2_weight >= 0 && var.v2_weight <= 100
    error_message = "A weight is 0 to 100."
  }
}

variable "checkout_v1" {
  type    = list(string)
  default = ["127.0.0.1:9001"]
}

variable "checkout_v2" {
  type    = list(string)
  default = ["127.0.0.1:9002"]
}

gateway "public" {
  listener "http" {
    port     = var.port
    protocol = "HTTP"
  }
}

backend "checkout_v1" {
  endpoints = var.checkout_v1
}

backend "checkout_v2" {
  endpoints = var.checkout_v2
}

http_route "checkout" {
  gateway   = gateway.public
  hostnames = ["checkout.example.com"]

  rule "all" {
    match { path_prefix = "/" }

    forward {
      to     = backend.checkout_v1
      weight = 100 - var.v2_weight
    }
    forward {
      to     = backend.checkout_v2
      weight = var.v2_weight
    }
  }
}

output "split" {
  value = "${100 - var.v2_weight}/${var.v2_weight}"
}
