"""What Control Tower's rules may find of the examples, and why: nothing of it is about the secret that one shows.

What one pastes is as small as it can be, and can be deleted. A rule may be for one example alone.
"""

OF_EXAMPLES = {
    "how long it lives, and how available it is": {
        "rds_cluster_copy_tags_to_snapshots_enabled_check",
        "rds_cluster_deletion_protection_enabled_check",
        "rds_instance_backup_enabled_check",
        "rds_instance_copy_tags_to_snapshots_enabled_check",
        "rds_instance_deletion_protection_enabled_check",
        "rds_instance_multi_az_support_check",
        "redshift_backup_enabled_check",
    },
    "what is watched and logged besides": {
        "ec2_instance_detailed_monitoring_enabled_check",
        "ecs_task_definition_log_configuration_check",
        "rds_cluster_logging_enabled_check",
        "rds_instance_enhanced_monitoring_enabled_check",
        "rds_instance_logging_enabled_check",
        "redshift_cluster_audit_logging_enabled_check",
    },
    "where it stands, and by which port": {
        "ec2_instance_nitro_encryption_in_transit_check",
        "ec2_instance_no_public_ip_check",
        "lambda_inside_vpc_check",
        "rds_instance_deployed_in_vpc_check",
        "rds_instance_no_default_ports_check",
        "redshift_enhanced_vpc_routing_enabled_check",
    },
    "the program in a container": {
        "ecs_containers_readonly_access_check",
        "ecs_task_definition_memory_hard_limit_check",
        "ecs_task_definition_nonroot_user_check",
    },
    "the password is what is shown, not IAM's tokens": {
        "rds_cluster_iam_authentication_enabled_check",
        "rds_instance_iam_authentication_enabled_check",
    },
    "whose key encrypts the disk": {"rds_storage_encrypted_kms_key_check"},
    "of the template of 2016, which is kept as it was": {"original-2016: rds_instance_public_access_check"},
}
