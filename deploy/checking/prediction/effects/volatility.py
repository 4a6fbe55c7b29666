"""Whether a default differs from row to row: only then ADD COLUMN rewrites the table.

Source: ATExecAddColumn in PostgreSQL's commands/tablecmds.c (contain_volatile_functions_after_planning, called
contain_volatile_functions before 17, both after inlining).
"""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.schema.objects import Function
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import parts, read_statements

# PostgreSQL's own functions that are not volatile and are met in defaults and queries. What is not named is taken
# for volatile: too much caution costs a warning, too little an outage.
STEADY_FUNCTIONS = frozenset("""
    now transaction_timestamp statement_timestamp current_setting timezone date_trunc date_part extract age make_date
    make_time make_timestamp make_timestamptz make_interval justify_days justify_hours justify_interval to_char to_date
    to_timestamp to_number isfinite date_bin generate_series
    concat concat_ws lower upper initcap length char_length character_length octet_length bit_length btrim ltrim rtrim
    trim lpad rpad left right substr substring position strpos overlay replace translate reverse repeat split_part
    starts_with format quote_ident quote_literal quote_nullable md5 sha224 sha256 sha384 sha512 encode decode convert
    convert_from convert_to ascii chr to_hex regexp_replace regexp_match regexp_matches regexp_split_to_array
    regexp_split_to_table regexp_count regexp_like regexp_substr string_to_array string_to_table array_to_string
    unistr normalize
    abs ceil ceiling floor round trunc sign mod div power sqrt cbrt exp ln log sin cos tan asin acos atan atan2 degrees
    radians pi gcd lcm greatest least coalesce nullif width_bucket
    json_build_object json_build_array jsonb_build_object jsonb_build_array to_json to_jsonb row_to_json array_to_json
    json_object jsonb_object jsonb_set jsonb_set_lax jsonb_insert jsonb_strip_nulls json_strip_nulls jsonb_pretty
    jsonb_typeof json_typeof jsonb_array_length json_array_length jsonb_array_elements jsonb_array_elements_text
    json_array_elements json_array_elements_text jsonb_each jsonb_each_text json_each json_each_text jsonb_object_keys
    json_object_keys jsonb_extract_path jsonb_extract_path_text json_extract_path json_extract_path_text
    jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_path_exists jsonb_path_match jsonb_to_record
    jsonb_to_recordset json_to_record json_to_recordset jsonb_populate_record json_populate_record jsonb_agg json_agg
    jsonb_object_agg json_object_agg
    array_agg array_append array_prepend array_cat array_length array_lower array_upper array_ndims array_dims
    array_position array_positions array_remove array_replace array_fill unnest cardinality string_agg
    count sum avg min max bool_and bool_or every bit_and bit_or stddev stddev_pop stddev_samp variance var_pop var_samp
    percentile_cont percentile_disc mode corr row_number rank dense_rank percent_rank cume_dist ntile lag lead
    first_value last_value nth_value grouping any_value
    to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery setweight tsvector_to_array ts_rank
    ts_rank_cd ts_headline numnode querytree strip get_current_ts_config
    host text network masklen netmask broadcast family set_masklen inet_merge
    int4range int8range numrange tsrange tstzrange daterange lower_inc upper_inc isempty range_merge
    current_database current_schema current_schemas current_user session_user user version
    pg_get_expr pg_get_constraintdef pg_get_indexdef pg_get_viewdef pg_get_functiondef pg_get_serial_sequence
    pg_table_is_visible pg_type_is_visible format_type obj_description col_description to_regclass to_regtype
    to_regproc to_regnamespace has_table_privilege has_schema_privilege has_column_privilege pg_typeof
    pg_relation_size pg_total_relation_size pg_table_size pg_size_pretty hashtext hashint4 hashtextextended
    int2 int4 int8 float4 float8 numeric varchar bpchar bool date time timestamp timestamptz interval uuid
    pg_column_size pg_encoding_to_char similar_escape like_escape xmlelement xmlagg xpath uuid_nil uuid_ns_dns
    uuid_ns_url uuid_generate_v3 uuid_generate_v5 digest hmac crypt similarity word_similarity unaccent
    uuid_extract_timestamp uuid_extract_version overlaps tsrange_subdiff
""".split())  # noqa: SIM905 - a list to be read


def is_volatile(schema: Schema, expression: Any) -> bool:
    """Whether an expression may have another value for every row."""
    return any(_is_volatile_call(schema, call) for kind, call in parts(expression) if kind == "FuncCall")


def _is_volatile_call(schema: Schema, call: Any) -> bool:
    names = [item.string.sval for item in call.funcname]
    if not names:
        return True
    function = schema.function(names[-2] if len(names) > 1 else "", names[-1])
    if function is not None:
        return function.volatility == "v" and not _is_inlined_and_steady(schema, function)
    return names[-1] not in STEADY_FUNCTIONS


def _is_inlined_and_steady(schema: Schema, function: Function) -> bool:
    """Whether it is one SELECT of one steady expression, which PostgreSQL puts in the place of the call."""
    if function.language != "sql" or not function.body:
        return False
    statements = read_statements(function.body)
    if len(statements) != 1 or statements[0].kind != "select_stmt":
        return False
    node = statements[0].node
    is_simple = len(node.target_list) == 1 and not node.from_clause and not node.HasField("with_clause")
    calls = [call for kind, call in parts(node) if kind == "FuncCall"]
    return is_simple and not any(
        _is_volatile_call(schema, call) or call.funcname[-1].string.sval == function.name for call in calls
    )
