# The whole stack applied to a mocked provider: everything that is computed fits what is made of it, and a second plan of
# the same configuration is empty.

mock_provider "aws" {
  source = "./tests/mocks/aws"
}

variables {
  offline = true
}

run "applies" {
  command = apply

  assert {
    condition     = alltrue([for variables in values(output.worker_environment) : alltrue([for value in values(variables) : value != ""])])
    error_message = "Every variable of every worker has a value."
  }

  assert {
    condition     = startswith(output.worker_environment["orders"].MYSQL_URL, "mysql://") && strcontains(output.worker_environment["orders"].MYSQL_URL, "tls_ca=/app/certificates/")
    error_message = "Workers connect to Aurora directly, by TLS with the bundle of the image."
  }

  assert {
    condition     = startswith(output.worker_environment["orders"].BROKER_URL, "amqps://") && endswith(output.worker_environment["orders"].BROKER_URL, "/%2F")
    error_message = "The broker's URL is TLS with the virtual host encoded."
  }
}

run "applies_again_without_a_change" {
  command = plan

  assert {
    condition     = output.worker_environment == run.applies.worker_environment && output.event_source_ids == run.applies.event_source_ids
    error_message = "The second plan differs."
  }
}
