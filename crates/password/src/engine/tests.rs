use super::*;

#[test]
fn every_engine_reads_its_own_names_in_any_case_and_no_two_share_one() {
    let mut names = Vec::new();
    for engine in Engine::ALL {
        for name in engine.aliases().iter().copied().chain([engine.name()]) {
            assert_eq!(name.parse(), Ok(engine));
            assert_eq!(name.to_ascii_uppercase().parse(), Ok(engine));
            assert!(!names.contains(&name), "{name} is two engines'");
            names.push(name);
        }
    }
}

#[test]
fn spellings_that_people_use_are_read() {
    for (name, engine) in [
        ("MySQL", Engine::MySql),
        ("MariaDB", Engine::MariaDb),
        ("PostgreSQL", Engine::Postgres),
        ("oracle-se2-cdb", Engine::Oracle),
        ("sqlserver-ex", Engine::SqlServer),
        ("MSSQL", Engine::SqlServer),
        ("db2-ae", Engine::Db2),
        ("redis", Engine::ElastiCache),
        ("valkey", Engine::ElastiCache),
        ("RabbitMQ", Engine::Mq),
    ] {
        assert_eq!(name.parse(), Ok(engine), "{name}");
    }
}

#[test]
fn other_names_are_refused_with_the_nearest() {
    for (name, suggestion) in [
        ("", ""),
        ("neptune", ""),
        ("m", ""),
        ("aurora", "; did you mean aurora-mysql or aurora-postgresql?"),
        ("mysql-8", "; did you mean mysql?"),
        ("Postgres16", "; did you mean postgres?"),
        ("oracle-", "; did you mean oracle?"),
    ] {
        let refusal = name.parse::<Engine>().unwrap_err().to_string();
        let rule = "must be one of mysql, mariadb, postgres, aurora-mysql, aurora-postgresql, oracle-*, sqlserver-*, \
                    db2-*, redshift, docdb, elasticache, memorydb, opensearch, mq, directory-service, \
                    timestream-influxdb, vpn, cognito-client, odb, redshift-serverless, docdb-elastic, fsx-ontap, \
                    lightsail-mysql, lightsail-postgres, tenant-database, not";
        assert_eq!(refusal, format!("{rule} {name:?}{suggestion}"));
    }
    let refusal = "x".repeat(1000).parse::<Engine>().unwrap_err().to_string();
    assert!(refusal.contains(&"x".repeat(SHOWN_CHARACTERS)) && refusal.len() < 500, "{refusal}");
}

#[test]
fn every_engine_accepts_what_it_requires() {
    for engine in Engine::ALL {
        for required in engine.required() {
            let accepted = engine.accepted().intersection(required.characters());
            assert!(!accepted.is_empty(), "{engine}: {required}");
        }
    }
}

#[test]
fn where_admin_is_refused_a_password_cannot_spell_it() {
    for engine in [Engine::DirectoryService, Engine::Odb] {
        let accepted = engine.accepted();
        assert!(!accepted.contains('m') && !accepted.contains('M'), "in whatever case");
    }
}
