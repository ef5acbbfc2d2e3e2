package dev.assay.tck;

import dev.assay.tck.RuleResult.Kind;

/// What a worker answers.
///
/// @param kind what the rule found; [Kind#OK] when it is ready
record CheckReply(Kind kind, String sentence) {}
