# HTTPS for partners: clients have to show a certificate that the partners'
# authority has signed, on every port but the one of the health checks. The xDS
# server reads the files; ../https/README.md says how to make some.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8443
}

variable "health_port" {
  description = "Port of the health checks."
  type        = number
  default     = 8444
}

variable "api" {
  description = "Addresses of the API."
  type        = list(string)
  default     = ["127.0.0.1:9001"]
}

certificate "api" {
  cert_file = "tls/api.crt"
  key_file  = "tls/api.key"
}

certificate_authority "partners" {
  file = "tls/ca.crt"
}

gateway "public" {
  client_validation {
    certificate_authorities = [certificate_authority.partners]
  }
  client_validation {
    port                    = var.health_port
    certificate_authorities = [] # none is asked for
  }

  listener "api" {
    port     = var.port
    protocol = "HTTPS"
    tls { certificates = [certificate.api] }
  }
  listener "health" {
    port     = var.health_port
    protocol = "HTTPS"
    tls { certificates = [certificate.api] }
  }
}

backend "api" { endpoints = var.api }

http_route "api" {
  gateway   = gateway.public
  listener  = "api"
  hostnames = ["api.example.com"]
  rule "all" {
    forward { to = backend.api }
  }
}

http_route "health" {
  gateway   = gateway.public
  listener  = "health"
  hostnames = ["api.example.com"]
  rule "health" {
    match { path_exact = "/healthz" }
    forward { to = backend.api }
  }
}
