"""The engines: tables of Parquet files, rows of a query, and a query written as Parquet."""

import os


class DuckDb:
    """DuckDB, in memory."""

    def __init__(self, folder):
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute(f"SET temp_directory = {quoted(folder)}")

    def table(self, name, path):
        self.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(path)})")

    def rows(self, query):
        return self.connection.execute(query).fetchall()

    def write(self, query, path, folders):
        by = ", PARTITION_BY (date)" if folders else ""
        self.connection.execute(f"COPY ({query}) TO {quoted(path)} (FORMAT parquet{by})")

    @staticmethod
    def identifier(name):
        return '"' + name.replace('"', '""') + '"'


class Spark:
    """Apache Spark in local mode."""

    def __init__(self, folder):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        from pyspark.sql import SparkSession

        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.memory": "1g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(folder / "spark"),
            "spark.log.level": "ERROR",
        }
        builder = SparkSession.builder.master("local[2]").appName("termwise")
        for key, value in settings.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()

    def table(self, name, path):
        self.session.sql(f"CREATE TEMPORARY VIEW {name} USING parquet OPTIONS (path '{path}')")

    def rows(self, query):
        return [tuple(row) for row in self.session.sql(query).collect()]

    def write(self, query, path, folders):
        writer = self.session.sql(query).write
        (writer.partitionBy("date") if folders else writer).parquet(str(path))

    @staticmethod
    def identifier(name):
        return "`" + name.replace("`", "``") + "`"


ENGINES = {"duckdb": DuckDb, "spark": Spark}


def quoted(path):
    return "'" + str(path).replace("'", "''") + "'"
