package dev.assay.backend;

/// Base of a backend whose kernels are plain methods on host memory: implement [#supports] and [#run].
public abstract class HostBackend implements Backend {
    private final DeviceInfo device;

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
    public Kernel prepare(Call call) {
        if (supports(call) instanceof Support.No no) {
            throw new UnsupportedCallException(no.reason());
        }
        return arguments -> () -> run(call, arguments);
    }

    @Override
    public void close() {}
}
