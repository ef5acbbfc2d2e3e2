package dev.assay.engine.run;

import dev.assay.HarnessException;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.results.PlanFile.BackendRef;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The installed backends, ours and vendors', found alike by `ServiceLoader`.
public final class Backends {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]*");

    private final SortedMap<String, BackendProvider> providers = new TreeMap<>();

    /// Finds all plugins on the class path. Throws [PluginException] for one that cannot be constructed.
    public Backends() {
        try {
            for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
                add(provider);
            }
        } catch (ServiceConfigurationError e) {
            throw new PluginException(
                    "a backend plugin cannot be loaded: " + e.getMessage(),
                    String.join(", ", serviceFiles()),
                    "mend the line in its jar or remove the jar; the class must be public, with a constructor that"
                            + " takes nothing and does nothing",
                    e);
        }
    }

    /// Every jar that announces a plugin, for the error does not name the one at fault.
    private static List<String> serviceFiles() {
        try {
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            return loader.resources("META-INF/services/" + BackendProvider.class.getName())
                    .map(URL::toString)
                    .toList();
        } catch (UncheckedIOException e) {
            return List.of("a jar on the class path");
        }
    }

    private void add(BackendProvider provider) {
        String id = provider.id();
        String where = provider.getClass().getName();
        if (id == null || !ID.matcher(id).matches()) {
            throw new PluginException(
                    "a backend calls itself '" + id + "'", where, "use lower case letters, digits and hyphens");
        }
        BackendProvider other = providers.put(id, provider);
        if (other != null) {
            throw new PluginException(
                    "two backends call themselves '" + id + "'",
                    where + " and " + other.getClass().getName(),
                    "remove one of the jars");
        }
    }

    /// All of them by id, in order.
    public SortedMap<String, BackendProvider> all() {
        return providers;
    }

    /// Throws [HarnessException] that lists what is installed.
    public BackendProvider named(String id, String where) {
        BackendProvider provider = providers.get(id);
        if (provider == null) {
            throw new HarnessException(
                    "no backend '" + id + "'",
                    where,
                    "put its jar into the folder plugins, or use one of " + providers.keySet());
        }
        return provider;
    }

    /// Reads `id` or `id:key=value,...` and checks it against what the backend declares.
    public BackendRef parse(String text, String where) {
        int colon = text.indexOf(':');
        String id = colon < 0 ? text : text.substring(0, colon);
        return parse(named(id, where), text, where);
    }

    /// The same for a provider that need not be installed.
    public static BackendRef parse(BackendProvider provider, String text, String where) {
        int colon = text.indexOf(':');
        String id = provider.id();
        SortedMap<String, String> values = new TreeMap<>();
        if (colon >= 0) {
            for (String pair : text.substring(colon + 1).split(",", -1)) {
                int equals = pair.indexOf('=');
                if (equals < 1) {
                    throw new HarnessException(
                            "'" + pair + "' is not key=value", where, "write " + id + ":key=value,key=value");
                }
                String key = pair.substring(0, equals);
                if (values.put(key, pair.substring(equals + 1)) != null) {
                    throw new HarnessException("option '" + key + "' is given twice", where, "give it once");
                }
            }
        }
        check(provider, values, where);
        return reference(provider, values, where);
    }

    /// Rows go by the names of files, not by where they lie, and know nothing of this machine.
    private static BackendRef reference(BackendProvider provider, SortedMap<String, String> values, String where) {
        SortedMap<String, String> files = new TreeMap<>();
        for (BackendOption option : provider.options()) {
            String value = values.get(option.key());
            if (option.kind() == BackendOption.Kind.LOCAL && value != null) {
                files.put(option.key(), value);
                values.remove(option.key());
            }
            if (option.kind() == BackendOption.Kind.FILE && value != null) {
                Path file = Path.of(value).toAbsolutePath().normalize();
                if (!Files.isReadable(file) || Files.isDirectory(file)) {
                    throw new PluginException(
                            "there is no readable file '" + value + "'",
                            where + ", option " + option.key(),
                            "give the path of the file");
                }
                files.put(option.key(), file.toString());
                values.put(option.key(), file.getFileName().toString());
            }
        }
        return new BackendRef(provider.id(), new BackendOptions(values).toString(), files);
    }

    private static void check(BackendProvider provider, Map<String, String> values, String where) {
        List<String> keys =
                provider.options().stream().map(BackendOption::key).sorted().toList();
        values.forEach((key, value) -> {
            BackendOption option = provider.options().stream()
                    .filter(candidate -> candidate.key().equals(key)
                            || (candidate.kind() == BackendOption.Kind.OTHERS && !keys.contains(key)))
                    .findFirst()
                    .orElseThrow(() -> new HarnessException(
                            "backend '" + provider.id() + "' has no option '" + key + "'",
                            where,
                            keys.isEmpty() ? "it has no options" : "use one of " + keys));
            List<String> words = option.repeatable() ? List.of(value.split("\\+", -1)) : List.of(value);
            for (String word : words) {
                if (!option.allowed().isEmpty() && !option.allowed().contains(word)) {
                    throw new HarnessException(
                            "option '" + key + "' of backend '" + provider.id() + "' is '" + word + "'",
                            where,
                            "use one of " + option.allowed());
                }
            }
        });
        for (BackendOption option : provider.options()) {
            if (option.required() && !values.containsKey(option.key())) {
                throw new HarnessException(
                        "backend '" + provider.id() + "' needs the option '" + option.key() + "'",
                        where,
                        "write " + provider.id() + ":" + option.key() + "=...: " + option.meaning());
            }
        }
    }

    /// The options of a reference, as the backend is opened with them.
    public static BackendOptions options(BackendRef backend) {
        SortedMap<String, String> values = new TreeMap<>();
        if (!backend.options().isEmpty()) {
            for (String pair : backend.options().split(",", -1)) {
                int equals = pair.indexOf('=');
                values.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        values.putAll(backend.files());
        return new BackendOptions(values);
    }

    /// What follows `--backend` on the command line of this machine, paths included.
    public static String argument(BackendRef backend) {
        BackendOptions options = options(backend);
        return options.values().isEmpty() ? backend.id() : backend.id() + ":" + options;
    }

    /// Those that open without options: what runs when nobody names a backend.
    public SortedMap<String, BackendProvider> standing() {
        SortedMap<String, BackendProvider> standing = new TreeMap<>(providers);
        standing.values().removeIf(provider -> provider.options().stream().anyMatch(BackendOption::required));
        return standing;
    }

    /// The same as references.
    public List<BackendRef> everyone() {
        return standing().keySet().stream().map(id -> new BackendRef(id, "")).toList();
    }
}
