package dev.assay.backend;

/// One call, compiled and planned on an open backend.
public interface Kernel extends AutoCloseable {

    /// Bytes of scratch memory that a launch needs. The harness allocates it, fills it with garbage, and guards it.
    default long workspaceBytes() {
        return 0;
    }

    /// Binds buffers. Cheap; several launches of one kernel may exist at once. Throws if an argument is missing.
    Launch bind(Arguments arguments);

    @Override
    default void close() {}
}
