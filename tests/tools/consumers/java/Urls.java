// Reads JDBC URLs, one a line, and prints the password that PostgreSQL's driver finds in each.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Properties;

class Urls {
    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String url; (url = lines.readLine()) != null; ) {
            Properties properties = org.postgresql.Driver.parseURL(url, null);
            System.out.println(properties == null ? "" : properties.getProperty("password"));
        }
    }
}
