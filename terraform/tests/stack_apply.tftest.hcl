# The whole stack applied to a mocked provider: everything that is computed fits what is made of it, and planning again
# comes to the same. Not in one file with plans whose computed values are mocked: Terraform refuses to apply these.

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
    condition     = alltrue([for url in values(local.addresses.function) : can(regex("^(amqps|mysql|mongodb|https?)://[^/@]+(/|$)|^arn:aws:secretsmanager:", url))])
    error_message = "An address is a URL without a login, or a secret's ARN: ${jsonencode(local.addresses.function)}."
  }

  assert {
    condition     = alltrue([for url in values(local.addresses.function) : strcontains(url, "tls=true") if can(regex("^(mysql|mongodb)://", url))])
    error_message = "Databases are reached by TLS alone."
  }

  assert {
    condition     = startswith(output.worker_environment["orders"].MYSQL_URL, "mysql://") && strcontains(output.worker_environment["orders"].MYSQL_URL, "tls_ca=/app/certificates/")
    error_message = "Workers connect to Aurora directly, by TLS with the bundle of the image."
  }

  assert {
    condition     = strcontains(local.addresses.function[local.functions["queries"].references.DOCUMENTS_URL], "tlsCAFile=/var/task/certificates/")
    error_message = "Functions connect to DocumentDB by TLS with the bundle of their package."
  }

  assert {
    condition     = startswith(output.worker_environment["orders"].BROKER_URL, "amqps://") && endswith(output.worker_environment["orders"].BROKER_URL, "/%2F")
    error_message = "The broker's URL is TLS with the virtual host encoded."
  }
}

# An assertion cannot ask whether a plan is empty (`terraform test -verbose` prints that it is). This shows that the
# configuration can be planned over its own state, and that what comes of it does not depend on the run.
run "plans_the_same_again" {
  command = plan

  assert {
    condition = jsonencode([
      output.alarm_topic_arn, output.api_endpoint, output.cluster, output.event_source_ids, output.reachable, output.stack, output.worker_environment
      ]) == jsonencode([
      run.applies.alarm_topic_arn, run.applies.api_endpoint, run.applies.cluster, run.applies.event_source_ids, run.applies.reachable, run.applies.stack,
      run.applies.worker_environment
    ])
    error_message = "The outputs of a second plan differ."
  }
}
