"""Export, inspect and compare the APIs of a Huawei Cloud API Gateway (APIG)."""
