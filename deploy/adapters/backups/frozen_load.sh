# shellcheck shell=sh
# The rows of one table, by `COPY … WITH (FREEZE)`, which pg_restore has no option for. All of it or nothing: the
# COMMIT follows only where pg_restore ended well, and `loaded` is said only behind the COMMIT.
#
# $1 psql   $2 pg_restore   $3 schema.table   $4 its line of pg_restore --list   $5 the archive   then: psql's words
psql=$1 pg_restore=$2 table=$3 line=$4 archive=$5
shift 5
{
    printf '%s\n' "$line" | "$pg_restore" --section=data --use-list=/dev/stdin --file=- "$archive" &&
        printf 'COMMIT;\n\\echo loaded\n'
} | {
    # `read` takes not a byte more than the line: the rows go through cat, unread.
    while IFS= read -r text; do
        case $text in
            "COPY "*" FROM stdin;")
                printf 'BEGIN;\nTRUNCATE TABLE ONLY %s;\n%s WITH (FREEZE);\n' "$table" "${text%;}"
                break ;;
            "COPY "*)  # a line feed in a column's name: left as it is
                printf '%s\n' "$text"
                break ;;
            *) printf '%s\n' "$text" ;;
        esac
    done
    cat
} | "$psql" -X --quiet --set=ON_ERROR_STOP=1 "$@" | grep -qx loaded
