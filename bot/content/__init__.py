"""What clinicians own: rules, questions, weights, contacts and every sentence that a person reads, as YAML."""
