package dev.assay.backend;

import java.util.List;

/// Announces a kind of device. Found by `ServiceLoader`, so it needs a public constructor without parameters and a
/// line in `META-INF/services/dev.assay.backend.BackendProvider`.
///
/// Constructing a provider must do nothing: `assay list backends` constructs every one that is installed.
public interface BackendProvider {

    /// Stable name: lower case letters, digits and hyphens, such as `acme-npu`.
    String id();

    /// Version of the plugin, as it will stand in result rows.
    default String version() {
        String version = getClass().getPackage().getImplementationVersion();
        return version == null ? "unversioned" : version;
    }

    /// What may be set with `--backend id:key=value,...`.
    default List<BackendOption> options() {
        return List.of();
    }

    /// Whether its backends run in a process of their own, so that a crash ends nothing else.
    default boolean isolates() {
        return false;
    }

    /// Opens the device. The harness has checked the options against [#options] before.
    Backend open(BackendOptions options);
}
