package dev.assay.backend;

/// Whether a device is still open, for backends that must say so when they are used too late.
///
/// A backend has one. It asks [#check] in `prepare` and `allocate`, hands out its kernels through [#guard] and
/// calls [#close] in its own `close`. Whatever is used after it was closed then throws, in whatever order things
/// were closed, and closing twice does no harm.
public final class Lifetime {
    private final String what;
    private volatile boolean closed;

    public Lifetime() {
        this("backend");
    }

    private Lifetime(String what) {
        this.what = what;
    }

    /// Throws IllegalStateException if it is over.
    public void check() {
        if (closed) {
            throw new IllegalStateException("the " + what + " is closed");
        }
    }

    /// Ends it.
    ///
    /// @return whether it was not over yet: the moment to give resources back
    public boolean close() {
        boolean first = !closed;
        closed = true;
        return first;
    }

    /// A kernel that cannot be used when it, its launch or the backend is closed, and is closed once.
    public Kernel guard(Kernel kernel) {
        return new GuardedKernel(this, kernel);
    }

    private static final class GuardedKernel implements Kernel {
        private final Lifetime backend;
        private final Kernel kernel;
        private final Lifetime mine = new Lifetime("kernel");

        GuardedKernel(Lifetime backend, Kernel kernel) {
            this.backend = backend;
            this.kernel = kernel;
        }

        void check() {
            backend.check();
            mine.check();
        }

        @Override
        public long workspaceBytes() {
            return kernel.workspaceBytes();
        }

        @Override
        public Launch bind(Arguments arguments) {
            check();
            return new GuardedLaunch(this, kernel.bind(arguments));
        }

        @Override
        public void close() {
            if (mine.close()) {
                kernel.close();
            }
        }
    }

    private static final class GuardedLaunch implements Launch {
        private final GuardedKernel kernel;
        private final Launch launch;
        private final Lifetime mine = new Lifetime("launch");

        GuardedLaunch(GuardedKernel kernel, Launch launch) {
            this.kernel = kernel;
            this.launch = launch;
        }

        private void check() {
            kernel.check();
            mine.check();
        }

        @Override
        public void run() {
            check();
            launch.run();
        }

        @Override
        public Timing run(int times) {
            check();
            return launch.run(times);
        }

        @Override
        public boolean timesItself() {
            return launch.timesItself();
        }

        @Override
        public void close() {
            if (mine.close()) {
                launch.close();
            }
        }
    }
}
