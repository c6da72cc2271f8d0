# Rules of modules/queues.

mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name        = "orders-test"
  kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  queues = {
    overflow = {
      visibility_timeout_s = 120
      retention_s          = 1209600
      redrive              = { queue = "overflow-dead-letters", max_receive_count = 1000 }
    }
    overflow-dead-letters = {
      visibility_timeout_s = 30
      retention_s          = 1209600
    }
  }
  minimum_visibility_s = { overflow = 120 }
}

run "names_are_known_and_carry_the_prefix" {
  command = plan

  module {
    source = "./modules/queues"
  }

  assert {
    condition = output.names == {
      overflow              = "orders-test-overflow"
      overflow-dead-letters = "orders-test-overflow-dead-letters"
    }
    error_message = "names must be the prefix and the key of each queue"
  }

  assert {
    condition     = alltrue([for key, queue in aws_sqs_queue.this : queue.name == output.names[key]])
    error_message = "each queue must bear the name that the output promises"
  }

  assert {
    condition     = keys(output.urls) == ["overflow", "overflow-dead-letters"] && keys(output.arns) == ["overflow", "overflow-dead-letters"]
    error_message = "urls and arns must have an entry per queue"
  }
}

run "messages_are_encrypted_and_live_as_long_as_asked" {
  command = plan

  module {
    source = "./modules/queues"
  }

  assert {
    condition     = alltrue([for queue in aws_sqs_queue.this : queue.kms_master_key_id == var.kms_key_arn])
    error_message = "every queue must be encrypted with the given key"
  }

  assert {
    condition     = aws_sqs_queue.this["overflow"].message_retention_seconds == 1209600 && aws_sqs_queue.this["overflow"].visibility_timeout_seconds == 120
    error_message = "retention and visibility must be those of the variable"
  }
}

run "a_queue_moves_messages_only_to_its_dead_letters" {
  command = plan

  module {
    source = "./modules/queues"
  }

  assert {
    condition     = keys(aws_sqs_queue_redrive_policy.this) == ["overflow"]
    error_message = "only the queue with redrive may have a redrive policy"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_policy.this["overflow"].redrive_policy).maxReceiveCount == 1000
    error_message = "the redrive policy must carry max_receive_count"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.this["overflow"].redrive_allow_policy).redrivePermission == "denyAll"
    error_message = "a queue that nobody redrives to must refuse to be a dead-letter queue"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.this["overflow-dead-letters"].redrive_allow_policy).redrivePermission == "byQueue"
    error_message = "the dead-letter queue must admit its own sources alone"
  }

  assert {
    condition     = length(jsondecode(aws_sqs_queue_redrive_allow_policy.this["overflow-dead-letters"].redrive_allow_policy).sourceQueueArns) == 1
    error_message = "the dead-letter queue must admit exactly the queue that redrives to it"
  }
}

run "plain_text_is_refused_on_every_queue" {
  command = plan

  module {
    source = "./modules/queues"
  }

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.this :
      one(document.statement).effect == "Deny" && one(one(document.statement).condition).variable == "aws:SecureTransport"
    ])
    error_message = "every queue must deny requests without TLS, and its policy must allow nothing"
  }

  assert {
    condition     = toset(keys(aws_sqs_queue_policy.this)) == toset(keys(var.queues))
    error_message = "every queue needs the policy"
  }
}

run "name_is_refused_with_capitals" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    name = "Orders"
  }

  expect_failures = [var.name]
}

run "queue_names_are_refused_with_underscores" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    queues = {
      over_flow = { visibility_timeout_s = 120, retention_s = 1209600 }
    }
    minimum_visibility_s = {}
  }

  expect_failures = [var.queues]
}

run "visibility_ends_at_twelve_hours" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    queues = {
      overflow = { visibility_timeout_s = 43201, retention_s = 1209600 }
    }
  }

  expect_failures = [var.queues]
}

run "retention_ends_at_fourteen_days" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    queues = {
      overflow = { visibility_timeout_s = 120, retention_s = 1209601 }
    }
  }

  expect_failures = [var.queues]
}

run "redrive_needs_a_queue_of_the_map" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    queues = {
      overflow = { visibility_timeout_s = 120, retention_s = 1209600, redrive = { queue = "nowhere", max_receive_count = 1000 } }
    }
  }

  expect_failures = [var.queues]
}

run "receive_count_ends_at_a_thousand" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    queues = {
      overflow              = { visibility_timeout_s = 120, retention_s = 1209600, redrive = { queue = "overflow-dead-letters", max_receive_count = 1001 } }
      overflow-dead-letters = { visibility_timeout_s = 30, retention_s = 1209600 }
    }
  }

  expect_failures = [var.queues]
}

run "dead_letters_live_as_long_as_their_source" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    queues = {
      overflow              = { visibility_timeout_s = 120, retention_s = 1209600, redrive = { queue = "overflow-dead-letters", max_receive_count = 1000 } }
      overflow-dead-letters = { visibility_timeout_s = 30, retention_s = 345600 }
    }
  }

  expect_failures = [var.queues]
}

run "minimum_visibility_names_queues_that_exist" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    minimum_visibility_s = { overflo = 120 }
  }

  expect_failures = [var.minimum_visibility_s]
}

run "visibility_is_at_least_what_the_function_needs" {
  command = plan

  module {
    source = "./modules/queues"
  }

  variables {
    minimum_visibility_s = { overflow = 121 }
  }

  expect_failures = [aws_sqs_queue.this["overflow"]]
}
