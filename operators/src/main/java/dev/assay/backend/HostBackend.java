package dev.assay.backend;

/// Base of a backend whose kernels are plain methods on host memory: implement [#supports] and [#run].
///
/// The rest of what is asked of a backend it does by itself: a refused call is not prepared, and nothing can be
/// used after it was closed.
public abstract class HostBackend implements Backend {
    private final DeviceInfo device;
    private final Lifetime lifetime = new Lifetime();

    protected HostBackend(DeviceInfo device) {
        this.device = device;
    }

    /// Computes one call. Called for every run.
    protected abstract void run(Call call, Arguments arguments);

    @Override
    public final DeviceInfo device() {
        return device;
    }

    @Override
    public Buffer allocate(long bytes) {
        lifetime.check();
        return HostBuffer.allocate(bytes);
    }

    @Override
    public Kernel prepare(Call call) {
        lifetime.check();
        if (supports(call) instanceof Support.No(String reason)) {
            throw new UnsupportedCallException(reason);
        }
        return lifetime.guard(arguments -> () -> run(call, arguments));
    }

    /// Subclasses with resources of their own override this, and call it.
    @Override
    public void close() {
        lifetime.close();
    }
}
