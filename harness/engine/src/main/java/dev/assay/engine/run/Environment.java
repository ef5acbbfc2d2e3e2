package dev.assay.engine.run;

import dev.assay.results.Json;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The machine that a run is made on.
///
/// @param hardware what two machines must share for their times to be compared
/// @param software everything else that can change a time
public record Environment(Map<String, String> hardware, Map<String, String> software) {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");
    private static final Path OS_RELEASE = Path.of("/etc/os-release");
    private static final Path GOVERNOR = Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    private static final long GIB = 1L << 30;

    public Environment {
        hardware = Map.copyOf(hardware);
        software = Map.copyOf(software);
    }

    /// This machine, now.
    public static Environment here() {
        Map<String, String> hardware = new TreeMap<>();
        hardware.put("architecture", System.getProperty("os.arch"));
        hardware.put("cpu", cpuField("model name"));
        hardware.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        hardware.put("memory_gib", Long.toString(Math.round((double) memoryBytes() / GIB)));
        Map<String, String> software = new TreeMap<>();
        software.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        software.put("distribution", distribution());
        software.put("microcode", cpuField("microcode"));
        software.put("governor", firstLine(GOVERNOR, line -> true));
        software.put("jdk", System.getProperty("java.vm.version") + ", " + System.getProperty("java.vendor"));
        return new Environment(hardware, software);
    }

    /// Bytes of memory of this machine; 0 if unknown.
    public static long memoryBytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 0;
    }

    private static String cpuField(String name) {
        String line = firstLine(CPUINFO, text -> text.startsWith(name));
        return line.substring(line.indexOf(':') + 1).strip();
    }

    private static String distribution() {
        String line = firstLine(OS_RELEASE, text -> text.startsWith("PRETTY_NAME="));
        return line.substring(line.indexOf('=') + 1).replace("\"", "");
    }

    /// Empty where there is no such line or file: not every system tells everything.
    private static String firstLine(Path file, Predicate<String> wanted) {
        if (!Files.isReadable(file)) {
            return "";
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(wanted).findFirst().orElse("");
        } catch (IOException | java.io.UncheckedIOException e) {
            return "";
        }
    }

    /// Machines with the same one have comparable times.
    public String hardwareClassId() {
        String name = hardware.getOrDefault("cpu", "").toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        String trimmed = name.replaceAll("^-|-$", "");
        return (trimmed.isEmpty() ? "unknown" : trimmed) + "-" + digest(Json.canonical(hardware));
    }

    /// Changes with anything that is known about this machine.
    public String environmentId() {
        return digest(Json.canonical(Map.of("hardware", hardware, "software", software)));
    }

    private static String digest(String text) {
        return Json.sha256(text).substring(0, 12);
    }

    /// The content of `env.json`.
    ///
    /// @param devices by backend, what each one told about itself
    public Map<String, Object> toMap(Map<String, Map<String, String>> devices) {
        Map<String, Object> map = new TreeMap<>();
        map.put("hardware", new TreeMap<>(hardware));
        map.put("software", new TreeMap<>(software));
        map.put("devices", new TreeMap<>(devices));
        map.put("hw_class_id", hardwareClassId());
        map.put("env_id", environmentId());
        return map;
    }
}
