/// Runs in databases: DuckDB for files and queries, PostgreSQL as the store of a team.
///
/// Start at [Databases]. Optional: nothing else may name a class of it.
@NullMarked
package dev.assay.results.database;

import org.jspecify.annotations.NullMarked;
