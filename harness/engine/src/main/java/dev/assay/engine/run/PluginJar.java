package dev.assay.engine.run;

import dev.assay.backend.BackendProvider;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.worker.JavaCommand;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/// Another version of an installed plugin: a jar that takes the installed one's place on a worker's class path.
public final class PluginJar {
    private PluginJar() {}

    /// Our class path with the jar in place of the one that the backend comes from. Throws [PluginException] if the
    /// jar is no version of that plugin.
    static String classPath(BackendRef backend, Path jar) {
        check(backend.id(), jar);
        Path installed = home(new Backends().named(backend.id(), jar.toString()));
        List<String> entries =
                new ArrayList<>(Arrays.asList(JavaCommand.classPath().split(File.pathSeparator, -1)));
        int at = -1;
        for (int i = 0; i < entries.size(); i++) {
            if (Path.of(entries.get(i)).toAbsolutePath().normalize().equals(installed)) {
                at = i;
            }
        }
        if (at < 0) {
            throw new PluginException(
                    "the installed plugin '" + backend.id() + "' is not on the class path as a file",
                    installed.toString(),
                    "put its jar into the folder plugins");
        }
        entries.set(at, jar.toAbsolutePath().normalize().toString());
        return String.join(File.pathSeparator, entries);
    }

    /// Throws [PluginException] unless the jar announces a backend of this id.
    public static void check(String id, Path jar) {
        String fix = "give the jar of another version of the plugin '" + id + "'";
        if (!Files.isReadable(jar) || Files.isDirectory(jar)) {
            throw new PluginException("there is no readable file '" + jar + "'", "--against " + jar, fix);
        }
        Path file = jar.toAbsolutePath().normalize();
        List<String> found = new ArrayList<>();
        // Its own classes first: the parent would find those of the installed version.
        URL[] urls = {url(file)};
        try (URLClassLoader loader = new OwnPlugins(urls, new WithoutPlugin(id))) {
            for (BackendProvider provider : ServiceLoader.load(BackendProvider.class, loader)) {
                if (home(provider).equals(file)) {
                    found.add(provider.id());
                }
            }
        } catch (ServiceConfigurationError | IOException e) {
            throw new PluginException(
                    "the plugin in '" + jar + "' cannot be loaded: " + e.getMessage(), "--against " + jar, fix, e);
        }
        if (!found.contains(id)) {
            throw new PluginException(
                    "'" + jar + "' announces no backend '" + id + "'" + (found.isEmpty() ? "" : " but " + found),
                    "--against " + jar,
                    fix);
        }
    }

    private static URL url(Path file) {
        try {
            return file.toUri().toURL();
        } catch (java.net.MalformedURLException e) {
            throw new IllegalStateException("every file has a URL", e);
        }
    }

    /// Finds what its jar announces, and not what is installed.
    private static final class OwnPlugins extends URLClassLoader {
        private static final String SERVICE = "META-INF/services/" + BackendProvider.class.getName();

        OwnPlugins(URL[] urls, ClassLoader parent) {
            super(urls, parent);
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            return name.equals(SERVICE) ? findResources(name) : super.getResources(name);
        }
    }

    /// What a class loader of a jar sees besides it: everything installed but the plugin that the jar replaces.
    private static final class WithoutPlugin extends ClassLoader {
        private final Path hidden;

        WithoutPlugin(String id) {
            super(PluginJar.class.getClassLoader());
            this.hidden = home(new Backends().named(id, "class path"));
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            Class<?> found = super.loadClass(name, resolve);
            if (hidden.equals(source(found))) {
                throw new ClassNotFoundException(name);
            }
            return found;
        }
    }

    private static Path home(BackendProvider provider) {
        return source(provider.getClass());
    }

    /// Where a class comes from; an empty path for one of the JDK.
    private static Path source(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return Path.of("");
        }
        try {
            return Path.of(source.getLocation().toURI()).toAbsolutePath().normalize();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("a class path entry is a file", e);
        }
    }
}
