variable "kms_key_arn" {
  description = "KMS key that encrypts the messages."
  type        = string
  nullable    = false
}

variable "minimum_visibility_s" {
  description = "Least visibility timeout of a queue, by its key: six times the timeout of the function that reads it, plus its batching window."
  type        = map(number)
  nullable    = false
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.minimum_visibility_s), keys(var.queues))) == 0
    error_message = "minimum_visibility_s must name queues of var.queues; remove or rename: ${join(", ", setsubtract(keys(var.minimum_visibility_s), keys(var.queues)))}."
  }
}

variable "name" {
  description = "Prefix of all names, such as orders-prod."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 32 lower-case letters, digits and hyphens, begin with a letter and end with a letter or digit, such as orders-prod."
  }
}

variable "queues" {
  description = "Queues by their short name. redrive names the queue that takes a message after max_receive_count receives without a delete."
  type = map(object({
    visibility_timeout_s = number
    retention_s          = number
    redrive = optional(object({
      queue             = string
      max_receive_count = number
    }))
  }))
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.queues) : can(regex("^[a-z]([a-z0-9-]{0,45}[a-z0-9])?$", key))])
    error_message = "queues must have names of 1 to 47 lower-case letters, digits and hyphens, such as \"overflow\"."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.visibility_timeout_s >= 0 && queue.visibility_timeout_s <= 43200])
    error_message = "queues need a visibility_timeout_s from 0 to 43200 seconds (12 hours)."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.retention_s >= 60 && queue.retention_s <= 1209600])
    error_message = "queues need a retention_s from 60 to 1209600 seconds (14 days)."
  }

  validation {
    condition     = alltrue([for key, queue in var.queues : queue.redrive == null ? true : queue.redrive.queue != key && contains(keys(var.queues), queue.redrive.queue)])
    error_message = "queues must redrive to another queue of the map: declare that queue, such as \"overflow-dead-letters\"."
  }

  validation {
    condition = alltrue([
      for queue in values(var.queues) : queue.redrive == null ? true :
      queue.redrive.max_receive_count >= 1 && queue.redrive.max_receive_count <= 1000 && floor(queue.redrive.max_receive_count) == queue.redrive.max_receive_count
    ])
    error_message = "queues need a redrive.max_receive_count from 1 to 1000; take 1000 where an outage of hours must dead-letter nothing."
  }

  validation {
    # A dead-lettered message keeps the time at which it was first sent: a shorter retention would delete it on arrival.
    condition     = alltrue([for queue in values(var.queues) : queue.redrive == null ? true : try(var.queues[queue.redrive.queue].retention_s >= queue.retention_s, true)])
    error_message = "queues must not redrive to a queue that keeps messages for a shorter time: raise retention_s of the dead-letter queue."
  }
}
