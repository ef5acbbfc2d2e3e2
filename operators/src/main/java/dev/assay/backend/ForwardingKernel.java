package dev.assay.backend;

/// Hands every question on to another kernel; subclasses change an answer, or what a launch does.
public abstract class ForwardingKernel implements Kernel {
    protected final Kernel kernel;

    protected ForwardingKernel(Kernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public long workspaceBytes() {
        return kernel.workspaceBytes();
    }

    @Override
    public Launch bind(Arguments arguments) {
        Launch launch = kernel.bind(arguments);
        return new Launch() {
            @Override
            public void run() {
                ForwardingKernel.this.run(launch, arguments);
            }

            @Override
            public Timing run(int times) {
                return launch.run(times);
            }

            @Override
            public boolean timesItself() {
                return launch.timesItself();
            }

            @Override
            public void close() {
                launch.close();
            }
        };
    }

    /// What [Launch#run()] does; what is timed goes past it.
    protected void run(Launch launch, Arguments arguments) {
        launch.run();
    }

    @Override
    public void close() {
        kernel.close();
    }
}
