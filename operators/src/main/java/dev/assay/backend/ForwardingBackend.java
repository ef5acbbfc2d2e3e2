package dev.assay.backend;

import java.util.Optional;

/// Hands every question on to another backend; subclasses change an answer.
public abstract class ForwardingBackend implements Backend {
    protected final Backend backend;

    protected ForwardingBackend(Backend backend) {
        this.backend = backend;
    }

    @Override
    public DeviceInfo device() {
        return backend.device();
    }

    @Override
    public Optional<String> version() {
        return backend.version();
    }

    @Override
    public ComputeContract contract(Call call) {
        return backend.contract(call);
    }

    @Override
    public Support supports(Call call) {
        return backend.supports(call);
    }

    @Override
    public Buffer allocate(long bytes) {
        return backend.allocate(bytes);
    }

    @Override
    public Kernel prepare(Call call) {
        return backend.prepare(call);
    }

    @Override
    public void close() {
        backend.close();
    }
}
