package dev.assay.results.database;

import dev.assay.HarnessException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where a PostgreSQL store is, and who asks.
///
/// What the address leaves out is taken from PostgreSQL's own environment variables, and a password at last
/// from its password file, by the driver. The password is in no text that is printed.
final class StoreUrl {
    private static final String SCHEME = "postgresql";
    private static final String FORM = SCHEME + "://[user[:password]@]host[:port]/database[?sslmode=...]";

    /// Parameters of an address that cannot do harm: the driver has others that load classes or write files.
    private static final Set<String> PARAMETERS = Set.of("sslmode", "sslrootcert", "sslcert", "sslkey");

    private final String host;
    private final int port;
    private final String database;
    private final Properties properties;

    private StoreUrl(String host, int port, String database, Properties properties) {
        this.host = host;
        this.port = port;
        this.database = database;
        this.properties = properties;
    }

    static StoreUrl of(String url) {
        return of(url, System.getenv());
    }

    static StoreUrl of(String url, Map<String, String> environment) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            // Its message would show the password.
            throw malformed("it is no address: " + e.getReason(), url);
        }
        if (!SCHEME.equals(uri.getScheme()) && !"postgres".equals(uri.getScheme())) {
            throw malformed("it does not begin with " + SCHEME + "://", url);
        }
        if (uri.getRawAuthority() != null && uri.getHost() == null) {
            throw malformed("the host cannot be read; special characters of a password are written as %40", url);
        }
        Properties properties = new Properties();
        String[] user =
                uri.getRawUserInfo() == null ? new String[] {"", ""} : (uri.getRawUserInfo() + ":").split(":", -1);
        put(properties, "user", decoded(user[0]), environment.get("PGUSER"));
        put(properties, "password", decoded(user[1]), environment.get("PGPASSWORD"));
        Map<String, String> parameters = parameters(uri.getRawQuery(), url);
        PARAMETERS.forEach(name -> put(
                properties,
                name,
                parameters.getOrDefault(name, ""),
                name.equals("sslmode") ? environment.get("PGSSLMODE") : null));
        String path = uri.getPath() == null ? "" : uri.getPath().replaceFirst("^/", "");
        String database = path.isEmpty() ? environment.getOrDefault("PGDATABASE", "") : path;
        if (database.isEmpty()) {
            throw malformed("the database is missing, and PGDATABASE is not set", url);
        }
        String host = uri.getHost() == null ? environment.getOrDefault("PGHOST", "localhost") : uri.getHost();
        return new StoreUrl(host, port(uri.getPort(), environment, url), database, properties);
    }

    private static int port(int given, Map<String, String> environment, String url) {
        String text = given >= 0 ? "" + given : environment.getOrDefault("PGPORT", "5432");
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw malformed("PGPORT is '" + text + "'", url);
        }
    }

    private static Map<String, String> parameters(@Nullable String query, String url) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (query == null || query.isEmpty()) {
            return parameters;
        }
        for (String parameter : query.split("&", -1)) {
            int equals = parameter.indexOf('=');
            String name = equals < 0 ? parameter : parameter.substring(0, equals);
            if (equals < 0 || !PARAMETERS.contains(name)) {
                throw malformed(
                        "there is no parameter '" + name + "', only "
                                + PARAMETERS.stream().sorted().toList(),
                        url);
            }
            parameters.put(name, decoded(parameter.substring(equals + 1)));
        }
        return parameters;
    }

    private static void put(Properties properties, String key, String given, @Nullable String otherwise) {
        if (!given.isEmpty()) {
            properties.setProperty(key, given);
        } else if (otherwise != null && !otherwise.isEmpty()) {
            properties.setProperty(key, otherwise);
        }
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static HarnessException malformed(String what, String url) {
        return new HarnessException(
                "the address of the store is not understood: " + what,
                "--store " + withoutSecrets(url),
                "write " + FORM);
    }

    /// Nothing between the slashes and the last at sign is shown, and no value of a parameter: an odd
    /// password has at signs and slashes too.
    private static String withoutSecrets(String url) {
        int at = url.lastIndexOf('@');
        int slashes = url.indexOf("://");
        String scheme = slashes < 0 || slashes > at ? "" : url.substring(0, slashes + 3);
        String shown = at < 0 ? url : scheme + "***" + url.substring(at);
        return shown.replaceFirst("\\?.*", "?...");
    }

    /// For the driver; has no user and no password.
    String jdbc() {
        return "jdbc:postgresql://" + host + ":" + port + "/"
                + URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// User, password and parameters, for the driver.
    Properties properties() {
        Properties copy = new Properties();
        copy.putAll(properties);
        return copy;
    }

    String database() {
        return database;
    }

    /// For messages: never has the password.
    @Override
    public String toString() {
        String user = properties.getProperty("user", "");
        return SCHEME + "://" + (user.isEmpty() ? "" : user + "@") + host + ":" + port + "/" + database;
    }
}
