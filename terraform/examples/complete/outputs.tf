output "get_cmd" {
  description = "The command that reads a secret; its name and context follow."
  value       = module.setup.get_cmd
}

output "put_cmd" {
  description = "The command that stores one out of stdin; its name, `-` and context follow."
  value       = module.setup.put_cmd
}

output "getter_arn" {
  description = "The pair's getter."
  value       = module.pair.getter_arn
}
