output "put_cmd" {
  description = "Stores the password out of stdin before the instance is made: nginx.admin - env=dev."
  value       = module.setup.put_cmd
}

output "get_cmd" {
  description = "What the instance reads it with."
  value       = module.setup.get_cmd
}
