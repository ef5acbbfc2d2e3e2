package dev.assay.baselines.cpu;

import dev.assay.backend.DeviceInfo;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/// What this processor is.
final class HostCpu {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    private HostCpu() {}

    static DeviceInfo describe(int threads) {
        long memory =
                ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                        ? system.getTotalMemorySize()
                        : 0;
        String model = model() + ", " + threads + (threads == 1 ? " thread" : " threads");
        return new DeviceInfo(model, Nd4jRuntime.version(), "", memory, Map.of(), 0, 0);
    }

    /// Not every processor tells its name, and not every system has the file.
    private static String model() {
        String architecture = System.getProperty("os.arch");
        if (!Files.isReadable(CPUINFO)) {
            return architecture;
        }
        try (Stream<String> lines = Files.lines(CPUINFO)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .filter(name -> !name.isEmpty())
                    .findFirst()
                    .orElse(architecture);
        } catch (IOException e) {
            return architecture;
        }
    }
}
