/// The command line: one class per command, and what the commands share.
///
/// Start with [Assay]. Data goes to standard output, progress and errors to standard error. Backends are plugins here
/// as everywhere: no class of one can be named.
@NullMarked
package dev.assay.cli;

import org.jspecify.annotations.NullMarked;
